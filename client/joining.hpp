#pragma once

#include <string>

#include "sync/ledger/result.hpp"
#include "sync/link/invitation.hpp"

namespace sitelog {

// Makes the data folder a device of the unit that invites it. The key is drawn once and kept, so
// that joining can be repeated with the same code after a lost answer. Refuses what headquarters
// refuses, a name that is none (kInvalidValue) before anything is made or anybody asked, and a
// folder that has joined already (kFolderExists).
Result<> join(const std::string& folder, const Invitation& invitation,
              const std::string& headquarters, const std::string& device_name);

}  // namespace sitelog
