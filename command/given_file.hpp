#pragma once

#include <string>

#include "sync/ledger/result.hpp"

namespace sitelog {

// The content of a file that somebody named. Refuses (kInvalidFile) one that is not there, a
// folder, and one that can't be read.
Result<std::string> read_given_file(const std::string& path);
// The same without reading it: for what reads it line by line.
Result<> check_given_file(const std::string& path);

}  // namespace sitelog
