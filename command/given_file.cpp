#include "command/given_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sync/merge/store_error.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

Result<> check_given_file(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 && errno == ENOENT) {
    return Refusal{Reason::kInvalidFile, N_("there is no file {}"), {path}};
  }
  if (S_ISDIR(info.st_mode)) {
    return Refusal{Reason::kInvalidFile, N_("{} is a folder: name a file in it"), {path}};
  }
  if (::access(path.c_str(), R_OK) != 0) {
    return Refusal{
        Reason::kInvalidFile, N_("the file {} can't be read ({})"), {path, std::strerror(errno)}};
  }
  return Done{};
}

Result<std::string> read_given_file(const std::string& path) {
  if (const auto good = check_given_file(path); !good) return good.refusal();
  try {
    auto content = read_file(path);
    if (content) return *std::move(content);
  } catch (const StoreError& error) {
    return Refusal{
        Reason::kInvalidFile, N_("the file {} can't be read ({})"), {path, error.what()}};
  }
  return Refusal{Reason::kInvalidFile, N_("there is no file {}"), {path}};
}

}  // namespace sitelog
