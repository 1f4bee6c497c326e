#pragma once

#include <optional>
#include <string_view>

#include "sync/ledger/result.hpp"

namespace sitelog {

// The refusal (kUsage) of a word that is not UTF-8, as a terminal set to GBK sends it; nothing
// where it is. Asked of every word that a command line brings, before anything is done with any.
std::optional<Refusal> not_utf8(std::string_view word);

}  // namespace sitelog
