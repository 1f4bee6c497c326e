#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sync/ledger/result.hpp"

namespace sitelog {

// A data folder, held by one process at a time. The lock goes with the object, and with the process
// however it ends. Movable.
class DataFolder {
 public:
  // Takes a folder that is there already. Waits up to `wait_ms` for another process to let go of
  // it; then refuses (kFolderInUse) and names the holder. `purpose` is what others are told.
  static Result<DataFolder> open(const std::string& path, const std::string& purpose,
                                 int64_t wait_ms = 5000);
  // Makes the folder, and those above it, readable by their owner only, where they aren't there.
  static Result<DataFolder> create(const std::string& path, const std::string& purpose);

  DataFolder(DataFolder&& other) noexcept;
  DataFolder& operator=(DataFolder&& other) noexcept;
  ~DataFolder();

  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string database() const { return file("sitelog.db"); }
  bool has(const std::string& name) const;

  // A small file's content; nothing where there is none. A file that can't be read is an
  // environment error (StoreError), never taken for a missing one.
  std::optional<std::string> read(const std::string& name) const;
  // Replaces a file as a whole: temporary file, fsync, rename, fsync of the folder.
  void write(const std::string& name, const std::string& content, int mode) const;
  // Durably, where it is there.
  void remove(const std::string& name) const;

 private:
  DataFolder(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  std::string path_;
  int lock_ = -1;
};

// Replaces `path` as a whole, durably: a temporary file, fsync, rename, fsync of the folder. Throws
// StoreError, and then leaves nothing behind.
void write_file(const std::string& path, std::string_view content, int mode);
// The same where the temporary file's name matters: in a folder that is not ours alone.
void write_file_by(const std::string& temporary, const std::string& path, std::string_view content,
                   int mode);
// Content of a file; nothing where there is none. Throws StoreError where it can't be read.
std::optional<std::string> read_file(const std::string& path);
void sync_folder_of(const std::string& path);

}  // namespace sitelog
