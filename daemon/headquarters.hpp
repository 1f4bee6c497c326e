#pragma once

#include <memory>
#include <string>

#include "engine/engine.hpp"
#include "engine/operations.hpp"
#include "sync/link/certificate.hpp"

namespace sitelog {

// Headquarters' data folder in use: what every device has, and the authority that lets devices in.
struct Headquarters {
  std::unique_ptr<Engine> engine;
  Authority authority;
};

Result<std::unique_ptr<Headquarters>> open_headquarters(const std::string& folder,
                                                        const std::string& purpose,
                                                        int64_t wait_ms);
// Sets up a new, empty headquarters. Refuses a folder that is set up already (kFolderExists).
Result<> create_headquarters(const std::string& folder, const std::string& name);

// Everything sitelogd's commands ask for. `headquarters` outlives the operations.
Operations headquarters_operations(Headquarters& headquarters);

void add_unit_operations(Operations& operations, Headquarters& headquarters);
void add_campaign_operations(Operations& operations, Headquarters& headquarters);
void add_device_operations(Operations& operations, Headquarters& headquarters);
void add_review_operations(Operations& operations, Headquarters& headquarters);
void add_report_operations(Operations& operations, Headquarters& headquarters);

}  // namespace sitelog
