#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/merge/store_error.hpp"

namespace sitelog {

// What the system just said (errno), as an error about `what`: full, short of something, or other.
[[noreturn]] void raise_system_error(const std::string& what);
StoreError::Kind kind_of_system_error(int code);

// Of a file system, in bytes; free for us.
struct DiskSpace {
  uint64_t free = 0;
  uint64_t total = 0;
};

// A descriptor that closes itself. Movable.
class FileHandle {
 public:
  explicit FileHandle(int handle = -1) : handle_(handle) {}
  FileHandle(FileHandle&& other) noexcept;
  FileHandle& operator=(FileHandle&& other) noexcept;
  ~FileHandle();
  int get() const { return handle_; }
  explicit operator bool() const { return handle_ >= 0; }
  // Throw StoreError.
  void write(std::string_view content, const std::string& what) const;
  void sync(const std::string& what) const;
  std::string read_all(const std::string& what) const;
  // Up to `most` bytes; fewer only at the end.
  std::string read(size_t most, const std::string& what) const;
  // The same behind that many bytes, wherever it was read before.
  std::string read_at(uint64_t offset, size_t most, const std::string& what) const;
  // At that place, whatever lies there or not yet; by several threads at once.
  void write_at(uint64_t offset, std::string_view content, const std::string& what) const;
  // These bytes are not needed any more: their room is given back where the file system can do so.
  void give_back(uint64_t offset, uint64_t bytes) const;
  // What is behind that many bytes goes.
  void cut(uint64_t bytes, const std::string& what) const;

 private:
  int handle_;
};

// A folder held open: what is done by its name is done in this folder, whatever its path comes to
// name meanwhile. No name may be a link, and what is made is for its owner alone: files 0600,
// folders 0700. All throw StoreError. Movable.
class HeldFolder {
 public:
  // The folder at `path`; nothing where there is none.
  static std::optional<HeldFolder> open(const std::string& path);
  // A new folder, and those above it that are not there, durably; nothing where something is there.
  static std::optional<HeldFolder> make(const std::string& path);
  // The folder `name` in this one, made where it is not there.
  HeldFolder within(const std::string& name) const;

  const std::string& path() const { return path_; }
  int handle() const { return handle_.get(); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

  bool has(const std::string& name) const;
  bool empty() const;
  // A file's content; nothing where there is none. What is there and can't be read is an error.
  std::optional<std::string> read(const std::string& name) const;
  // Nothing where there is none.
  std::optional<FileHandle> open_file(const std::string& name) const;
  // A file to be read and added to, made where it is not there.
  FileHandle open_to_append(const std::string& name) const;
  // A new file, empty. What a killed process left under this name goes.
  FileHandle make_file(const std::string& name) const;
  // Replaces a file as a whole: temporary file, fsync, rename, fsync of the folder.
  void write(const std::string& name, std::string_view content) const;
  // Durably, where it is there.
  void remove(const std::string& name) const;
  // Durably, over what is there.
  void move(const std::string& name, const HeldFolder& to) const;
  // Durably, over what is there.
  void rename(const std::string& name, const std::string& to) const;
  // Of all that is in it, in no order.
  std::vector<std::string> names() const;
  void remove_folder(const std::string& name) const;  // an empty one, where it is there
  void sync() const;

  // The file system that it lies on; nothing where that doesn't say.
  std::optional<DiskSpace> space() const;
  // Whose it is and who may write in it.
  struct Access {
    unsigned owner = 0;
    bool others_read = false;
    bool others_write = false;
    bool read_only = false;  // the medium: nobody can write
  };
  Access access() const;
  // Takes from everybody else what they may do with the folder and its files, as far as these are
  // ours. Returns what was changed.
  std::vector<std::string> tighten() const;
  // The first name in it that is a link; nothing where none is.
  std::optional<std::string> link() const;

 private:
  HeldFolder(std::string path, FileHandle handle)
      : path_(std::move(path)), handle_(std::move(handle)) {}
  std::string path_;
  FileHandle handle_;
};

// Replaces `path` as a whole, durably, by way of a temporary file beside it. For files that people
// name, in folders that are not ours alone: `mode` less the umask. Throws StoreError, and then
// leaves nothing behind.
void write_file_by(const std::string& temporary, const std::string& path, std::string_view content,
                   unsigned mode);
// Content of a file that a person named; nothing where there is none. Throws StoreError where it
// can't be read.
std::optional<std::string> read_file(const std::string& path);
void sync_folder_of(const std::string& path);
std::string parent_of(const std::string& path);

}  // namespace sitelog
