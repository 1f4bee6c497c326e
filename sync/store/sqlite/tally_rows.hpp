#pragma once

#include <string>
#include <string_view>

#include "sync/merge/tally.hpp"

// Internal to store: a count's columns as JSON, each count written in one way only. The axes are a
// list of texts, the sums an object of numbers by measure, ascending, without those that are 0.
namespace sitelog {

std::string axes_column(const Axes& axes);
std::string sums_column(const Sums& sums);

// Throw StoreError where it is no such list or object.
Axes parse_axes(std::string_view column);
Sums parse_sums(std::string_view column);

}  // namespace sitelog
