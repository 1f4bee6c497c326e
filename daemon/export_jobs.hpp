#pragma once

#include <atomic>
#include <boost/json.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "sync/ledger/answer.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

namespace limits {

// Of exports that lie in the data folder, all together and of one account: their number, their
// bytes, how long they lie. A disk is left so much.
inline constexpr size_t kExportsMax = 64;
inline constexpr size_t kExportsOfOneMax = 8;
inline constexpr uint64_t kExportBytesMax = uint64_t{4} << 30;  // of all
inline constexpr int64_t kExportHoursMax = 7 * 24;
inline constexpr uint64_t kExportLeavesFree = uint64_t{512} << 20;
inline constexpr size_t kExportsWaitingMax = 16;

}  // namespace limits

// One export, as it is told.
struct ExportJob {
  enum class State { kWaiting, kRunning, kDone, kFailed, kCancelled };
  std::string id;
  std::string account;  // whose it is; empty: whoever sits at the folder
  std::string name;     // of the file, for people
  std::string type;     // of its content
  State state = State::kWaiting;
  int64_t begun_ms = 0, ended_ms = 0;
  int64_t records = 0, of = 0;
  uint64_t bytes = 0;
  std::string digest;  // SHA-256 of the file; where it is done
  Refusal why = {};    // where it failed
};
const char* name_of(ExportJob::State state);

// Exports of a headquarters that serves: made one after the other on a thread of their own, kept as
// files in the folder `exports`, told to and given to their account alone. Those that were not done
// when the program ended have failed. Any thread.
class ExportJobs {
 public:
  // What makes the file `file` in the folder; files beside it begin with the same name. It says how
  // far it is, and ends where that throws.
  struct Making {
    const HeldFolder& folder;
    std::string file;
    std::function<void(int64_t records, int64_t of, uint64_t bytes)> told;
  };
  struct Made {
    int64_t records = 0;
    uint64_t bytes = 0;
  };
  using Make = std::function<Answer<Made>(const Making&)>;

  // `now`: Unix milliseconds. `folder` outlives it.
  ExportJobs(const DataFolder& folder, std::function<int64_t()> now);
  ~ExportJobs();  // what runs ends soon
  ExportJobs(const ExportJobs&) = delete;
  ExportJobs& operator=(const ExportJobs&) = delete;

  // Refuses kTooLarge where the account, or all, have too many.
  Result<ExportJob> start(const std::string& account, const std::string& name,
                          const std::string& type, Make make);
  std::vector<ExportJob> list(const std::string& account);  // the oldest first
  // Nothing where it is not there or another's.
  std::optional<ExportJob> find(const std::string& account, const std::string& id);
  // Ends it where it is under way, and takes the file away. False where it is not there.
  bool cancel(const std::string& account, const std::string& id);
  // The file of one that is done; it can be read whatever becomes of the export.
  std::optional<FileHandle> open(const std::string& account, const std::string& id);

 private:
  struct Job {
    ExportJob told;
    Make make;
    bool cancelled = false;
  };
  void read_kept();
  void work();
  void run(const std::string& id, const Make& make);
  void note_progress(const std::string& id, int64_t records, int64_t of, uint64_t bytes);
  void end(const std::string& id, const Answer<Made>& made);
  void keep(const ExportJob& job) const;
  void remove_files(const std::string& id) const;
  void expire();
  Job* job_of(const std::string& account, const std::string& id);

  const HeldFolder folder_;
  const std::function<int64_t()> now_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Job> jobs_;  // by id
  std::deque<std::string> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sitelog
