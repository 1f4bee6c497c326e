#pragma once

#include "command/terminal/output.hpp"
#include "daemon/headquarters.hpp"

namespace sitelog {

// Runs headquarters until SIGTERM or SIGINT: answers devices at `listen` (HOST:PORT) and command
// lines at the data folder's local socket. Returns the exit code.
int serve(Output& out, const std::string& folder, const std::vector<std::string>& listen);

}  // namespace sitelog
