#pragma once

#include <string>

#include "command/terminal/output.hpp"

namespace sitelog {

// Runs a site's background agent until SIGTERM or SIGINT: owns the data folder, answers command
// lines at its local socket, and keeps in touch with headquarters: live while connected; else it
// tries again with growing pauses, for ever, and at once when something was recorded or a network
// link comes up. Returns the exit code.
int run_agent(Output& out, const std::string& folder);

}  // namespace sitelog
