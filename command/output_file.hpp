#pragma once

#include <filesystem>
#include <string_view>

#include "sync/ledger/result.hpp"

namespace sitelog {

// Writes a file that a person named so that it is there whole or not at all, also after a power
// cut. Replaces a file that is there; a link stays one and its target is replaced; a device or pipe
// is written to. Refuses kUsage in a data folder. Throws StoreError or std::system_error and then
// leaves nothing behind.
Result<> write_output_file(const std::filesystem::path& path, std::string_view content);

}  // namespace sitelog
