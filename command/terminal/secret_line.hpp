#pragma once

#include <string>

#include "sync/ledger/result.hpp"

namespace sitelog {

// One line of input that is nobody else's to read: at a terminal it is asked for by `question`, on
// the error stream, and what is typed does not show. Refuses kUsage where nothing comes.
Result<std::string> read_secret_line(const std::string& question);

}  // namespace sitelog
