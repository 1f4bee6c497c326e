#include "command/output_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "command/terminal/language.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

namespace {

void write_device(const std::filesystem::path& path, std::string_view content) {
  errno = 0;
  std::FILE* device = std::fopen(path.c_str(), "wbe");
  const bool written =
      device != nullptr && std::fwrite(content.data(), 1, content.size(), device) == content.size();
  const bool closed = device == nullptr || std::fclose(device) == 0;
  if (written && closed) return;
  throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), path.string());
}

// Such as /dev/stdout, also where that is a file that the shell has opened.
bool is_named_by_the_system(const std::filesystem::path& path) {
  const auto name = std::filesystem::absolute(path).lexically_normal().string();
  return name == "/dev/stdout" || name == "/dev/stderr" || name.starts_with("/dev/fd/") ||
         name.starts_with("/proc/");
}

std::filesystem::path target_of(const OutputFile& file) {
  return std::filesystem::weakly_canonical(std::filesystem::absolute(file.path));
}

bool is_device(const std::filesystem::path& path) {
  return std::filesystem::exists(path) && !std::filesystem::is_regular_file(path);
}

}  // namespace

CLI::Option* add_output_options(CLI::App& command, const std::shared_ptr<OutputFile>& file,
                                const std::string& help) {
  auto* output = command.add_option("--output", file->path, help);
  command
      .add_flag("--overwrite", file->overwrite,
                tr("replace the file of that name, if there is one"))
      ->needs(output);
  return output;
}

Result<> check_output_file(const OutputFile& file) {
  if (file.path.empty()) return Done{};
  const auto path = target_of(file);
  if (is_device(path)) return Done{};
  for (const char* name : {"identity.json", "sitelog.db", "device.key"}) {
    if (!std::filesystem::exists(path.parent_path() / name)) continue;
    return Refusal{Reason::kUsage,
                   N_("{} is in a data folder: nothing was written; name a file elsewhere"),
                   {file.path}};
  }
  if (file.overwrite || is_named_by_the_system(file.path) || !std::filesystem::exists(path)) {
    return Done{};
  }
  return Refusal{Reason::kUsage,
                 N_("{} is there already: nothing was written; name another file, or add "
                    "--overwrite to replace it"),
                 {file.path}};
}

Result<> write_output_file(const OutputFile& file, std::string_view content) {
  if (const auto checked = check_output_file(file); !checked) return checked;
  const auto path = target_of(file);
  if (is_device(path)) {
    write_device(path, content);
    return Done{};
  }
  const std::string temporary = ".sitelog-" + std::to_string(::getpid()) + ".tmp";
  write_file_by((path.parent_path() / temporary).string(), path.string(), content, 0666);
  return Done{};
}

}  // namespace sitelog
