#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "tests/support/folder.hpp"

namespace sitelog {

// A disk in memory, below SQLite, that fails as disks do. What SQLite has not synced is lost at a
// power cut: each write as a whole, in sectors, or not at all, whatever came after it. On one
// thread only.
class Disk final : public Folder {
 public:
  enum class Trouble {
    kNone,
    kKill,        // the process ends at this call; the system keeps what was written
    kPowerCut,    // the machine ends at this call
    kWriteError,  // half of this write is done, then it fails
    kReadError,   // this read fails
    kSyncError,   // this sync fails, and what it should have saved never will be (as on Linux)
    kFull,        // from this call on no file grows, until room is made
  };

  // `chance` gives random numbers: they choose what a power cut leaves.
  explicit Disk(std::function<uint64_t()> chance);
  ~Disk() override;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  std::string file(const std::string& name) const override { return path_ + name; }
  void copy(const std::string& from, const std::string& to) override;
  void put_back(const std::string& from, const std::string& to) override;
  bool loses_unsynced_writes() const override { return true; }

  // The n-th call (from 1) of the kind that this trouble concerns meets it. One at a time.
  void plan(Trouble trouble, uint64_t at_call);
  bool has_plan() const { return planned_ != Trouble::kNone; }
  // The trouble that was met since this was asked last.
  Trouble take_met();
  void make_room();

  // The process, or the whole machine, ends now: every call fails until `start`.
  void kill();
  void cut_power();
  // Runs again after either; open files of before must be closed by then.
  void start();

  // All that was written to this file would outlive a power cut.
  bool is_synced(const std::string& path) const;

  struct File;

 private:
  friend struct DiskCalls;
  // True where the call is to fail: trouble of this kind was planned for it, or the disk is dead.
  bool meets(Trouble trouble);
  bool stops_at_this_call();
  std::shared_ptr<File> open(const std::string& path, bool create);
  void lose_unsynced();

  std::string path_;
  std::function<uint64_t()> chance_;
  std::map<std::string, std::shared_ptr<File>> files_;
  std::map<std::string, std::shared_ptr<File>> deleted_;  // may come back at a power cut
  Trouble planned_ = Trouble::kNone;
  Trouble met_ = Trouble::kNone;
  uint64_t calls_left_ = 0;
  bool dead_ = false;
  bool lost_power_ = false;
  bool full_ = false;
};

const char* name_of(Disk::Trouble trouble);

}  // namespace sitelog
