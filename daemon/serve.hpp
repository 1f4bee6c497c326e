#pragma once

#include "command/terminal/output.hpp"
#include "daemon/headquarters.hpp"
#include "daemon/web_identity.hpp"

namespace sitelog {

// Runs headquarters until SIGTERM or SIGINT: answers devices, browsers and other programs at
// `listen` (HOST:PORT) and command lines at the data folder's local socket. Returns the exit code.
int serve(Output& out, const std::string& folder, const std::vector<std::string>& listen,
          const WebOptions& web);

}  // namespace sitelog
