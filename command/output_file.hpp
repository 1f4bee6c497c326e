#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "sync/ledger/result.hpp"

namespace sitelog {

// A file that a person named, and whether one that is there may be replaced.
struct OutputFile {
  std::string path;  // empty: none was named
  bool overwrite = false;
};

// The options --output, which is what comes back, and --overwrite of a command.
CLI::Option* add_output_options(CLI::App& command, const std::shared_ptr<OutputFile>& file,
                                const std::string& help);

// Refuses kUsage what write_output_file would: asked before anything is gathered for the file.
Result<> check_output_file(const OutputFile& file);

// Writes a file that a person named so that it is there whole or not at all, also after a power
// cut. Replaces a file that is there where that was asked for and refuses kUsage else; a link stays
// one and its target is replaced; a device or pipe is written to. Refuses kUsage in a data folder.
// Throws StoreError or std::system_error and then leaves nothing behind.
Result<> write_output_file(const OutputFile& file, std::string_view content);

}  // namespace sitelog
