#pragma once

#include <string>

namespace sitelog {

// Where a device of a test keeps its file.
class Folder {
 public:
  virtual ~Folder() = default;
  virtual std::string file(const std::string& name) const = 0;
  // A copy of the store's file `from`, as it stands, whoever has it open.
  virtual void copy(const std::string& from, const std::string& to) = 0;
  // Puts the copy `from` in the place of the store's file `to`, which nobody has open.
  virtual void put_back(const std::string& from, const std::string& to) = 0;
  // Machines crash here, not only processes: a store must sync what it promises.
  virtual bool loses_unsynced_writes() const { return false; }
};

// A folder of its own below the system's temporary one; goes with the object.
class TemporaryFolder final : public Folder {
 public:
  TemporaryFolder();
  ~TemporaryFolder() override;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const override { return path_ + "/" + name; }
  void copy(const std::string& from, const std::string& to) override;
  void put_back(const std::string& from, const std::string& to) override;

 private:
  std::string path_;
};

}  // namespace sitelog
