#include "command/terminal/workbook.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "command/socket/local_stream.hpp"
#include "command/terminal/output.hpp"
#include "command/terminal/width.hpp"

namespace sitelog {

namespace {

constexpr size_t kCellCharactersMax = 32'767;
constexpr size_t kSheetNameUnitsMax = 31;
// Fixed, so that the same table gives the same bytes; the moment ZIP counts from.
constexpr time_t kCreated = 315'532'800;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), what);
}

std::string workbook_content(const Descriptor& file) {
  struct stat state {};
  if (::fstat(file.get(), &state) != 0) fail("xlsx");
  std::string content(static_cast<size_t>(state.st_size), '\0');
  for (size_t read = 0; read < content.size();) {
    const ssize_t count =
        ::pread(file.get(), content.data() + read, content.size() - read, static_cast<off_t>(read));
    if (count <= 0) fail("xlsx");
    read += static_cast<size_t>(count);
  }
  return content;
}

// Workbooks write characters that XML can't hold as _xHHHH_; a text that has just that is told
// apart by escaping its first character.
std::string escaped(std::string_view text) {
  const auto is_hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    const std::string_view next = text.substr(at, 7);
    if (next.size() == 7 && next.starts_with("_x") && next.back() == '_' &&
        std::all_of(next.begin() + 2, next.end() - 1, is_hex)) {
      out += "_x005F";
    }
    out += text[at];
  }
  return out;
}

}  // namespace

void check_written(lxw_error error) {
  if (error != LXW_NO_ERROR) {
    throw std::system_error(EIO, std::generic_category(), ::lxw_strerror(error));
  }
}

std::string cell_text(std::string_view text) {
  std::string shown = escaped(printable(text));
  size_t characters = 0;
  for (size_t at = 0; at < shown.size(); ++characters) {
    if (characters == kCellCharactersMax - 1) {
      shown.resize(at);
      return shown + "…";
    }
    at += character_at(shown, at).bytes;
  }
  return shown;
}

std::string sheet_name(std::string_view title) {
  std::string name;
  size_t units = 0;
  for (size_t at = 0; at < title.size();) {
    const Character character = character_at(title, at);
    units += character.code > 0xFFFF ? 2 : 1;
    if (units > kSheetNameUnitsMax) break;
    const std::string_view bytes = title.substr(at, character.bytes);
    const bool allowed = character.valid && character.code >= 0x20 && character.code != 0x7F &&
                         std::string_view("[]:*?/\\'").find(bytes) == std::string_view::npos;
    if (allowed) name += bytes;
    at += character.bytes;
  }
  return name.empty() ? "Sitelog" : name;
}

std::string workbook_bytes(const std::function<void(lxw_workbook*)>& fill) {
  // The library writes to a named file; this one has no name outside this process.
  const Descriptor file(::memfd_create("sitelog.xlsx", MFD_CLOEXEC));
  if (!file.open()) fail("xlsx");
  const std::string name = "/proc/self/fd/" + std::to_string(file.get());
  lxw_workbook* book = ::workbook_new(name.c_str());
  if (book == nullptr) fail("xlsx");
  try {
    lxw_doc_properties properties{};
    properties.created = kCreated;
    check_written(::workbook_set_properties(book, &properties));
    fill(book);
  } catch (...) {
    ::lxw_workbook_free(book);
    throw;
  }
  check_written(::workbook_close(book));
  return workbook_content(file);
}

}  // namespace sitelog
