#include "sheets/zip_archive.hpp"

#include <zip.h>

#include <array>

#include "sheets/limits.hpp"
#include "sheets/refusals.hpp"

namespace sitelog {

namespace {

struct ClosingFile {
  void operator()(zip_file_t* file) const { ::zip_fclose(file); }
};

}  // namespace

void ZipArchive::Closing::operator()(zip* archive) const {
  ::zip_discard(archive);
}

Result<ZipArchive> ZipArchive::open(std::string_view bytes) {
  if (bytes.size() > limits::kSheetFileBytesMax) return too_much_at_once();
  zip_error_t error;
  ::zip_error_init(&error);
  zip_source_t* source = ::zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) throw std::bad_alloc();
  zip_t* archive = ::zip_open_from_source(source, ZIP_RDONLY, &error);
  ::zip_error_fini(&error);
  if (archive == nullptr) {
    ::zip_source_free(source);
    return damaged_workbook();
  }
  ZipArchive out(archive);
  const zip_int64_t entries = ::zip_get_num_entries(archive, 0);
  if (entries < 0) return damaged_workbook();
  if (static_cast<uint64_t>(entries) > limits::kWorkbookEntriesMax) return too_much_at_once();
  return out;
}

bool ZipArchive::has(const std::string& name) const {
  return ::zip_name_locate(archive_.get(), name.c_str(), 0) >= 0;
}

Result<> ZipArchive::read(const std::string& name,
                          const std::function<bool(std::string_view)>& take) {
  const std::unique_ptr<zip_file_t, ClosingFile> file(::zip_fopen(archive_.get(), name.c_str(), 0));
  if (file == nullptr) return damaged_workbook();
  std::array<char, 64 * 1024> chunk;
  for (;;) {
    const zip_int64_t count = ::zip_fread(file.get(), chunk.data(), chunk.size());
    if (count < 0) return damaged_workbook();
    if (count == 0) return Done{};
    unpacked_ += static_cast<uint64_t>(count);
    if (unpacked_ > limits::kWorkbookUnpackedBytesMax) return too_much_at_once();
    if (!take({chunk.data(), static_cast<size_t>(count)})) return Done{};
  }
}

}  // namespace sitelog
