#include "command/output_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

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

}  // namespace

Result<> write_output_file(const std::filesystem::path& wanted, std::string_view content) {
  const auto path = std::filesystem::weakly_canonical(std::filesystem::absolute(wanted));
  if (std::filesystem::exists(path) && !std::filesystem::is_regular_file(path)) {
    write_device(path, content);
    return Done{};
  }
  for (const char* name : {"identity.json", "sitelog.db", "device.key"}) {
    if (!std::filesystem::exists(path.parent_path() / name)) continue;
    return Refusal{Reason::kUsage,
                   N_("{} is in a data folder: nothing was written; name a file elsewhere"),
                   {wanted.string()}};
  }
  const std::string temporary = ".sitelog-" + std::to_string(::getpid()) + ".tmp";
  write_file_by((path.parent_path() / temporary).string(), path.string(), content, 0666);
  return Done{};
}

}  // namespace sitelog
