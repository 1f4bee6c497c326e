#pragma once

#include <string>
#include <string_view>

#include "sync/merge/tally.hpp"

// Internal to store: a key's axes as a column, a JSON list of texts.
namespace sitelog {

std::string axes_column(const Axes& axes);
// Throws StoreError where it is no such list.
Axes parse_axes(std::string_view column);

}  // namespace sitelog
