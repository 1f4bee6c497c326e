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
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "sync/ledger/answer.hpp"
#include "sync/store/folder.hpp"
#include "sync/store/queries.hpp"

namespace sitelog {

namespace limits {

// Of exports that lie in the data folder, all together and of one account: their number, how many
// of them wait or are being made, their bytes, how long they lie. A disk is left so much.
inline constexpr size_t kExportsMax = 256;
inline constexpr size_t kExportsOfOneMax = 8;
inline constexpr size_t kExportsUnderWayOfOneMax = 4;
inline constexpr uint64_t kExportBytesMax = uint64_t{8} << 30;
inline constexpr uint64_t kExportBytesOfOneMax = uint64_t{4} << 30;
inline constexpr int64_t kExportHoursMax = 7 * 24;
inline constexpr uint64_t kExportLeavesFree = uint64_t{512} << 20;
// Made at a time; of one account one.
inline constexpr size_t kExportsAtOnce = 2;
inline constexpr int kExportAskAgainS = 30;

}  // namespace limits

// What somebody was told of when they started an export: this campaign's records in these units.
struct ExportReach {
  std::string campaign = {};  // empty: of an older version, which kept none
  Within within = {};         // empty: everywhere
};

// One export, as it is told.
struct ExportJob {
  enum class State { kWaiting, kRunning, kDone, kFailed, kCancelled };
  std::string id = {};
  std::string account = {};  // whose it is; empty: whoever sits at the folder
  std::string name = {};     // of the file, for people
  std::string type = {};     // of its content
  ExportReach reach = {};
  State state = State::kWaiting;
  int64_t begun_ms = 0, ended_ms = 0;
  int64_t records = 0, of = 0;
  uint64_t bytes = 0;
  std::string digest = {};  // SHA-256 of the file; where it is done
  Refusal why = {};         // where it failed
};
const char* name_of(ExportJob::State state);

// Exports of a headquarters that serves: made on threads of their own, of each account one after
// the other and of all accounts in turns; kept as files in the folder `exports`, told to and given
// to their account alone. Where room is short, whoever has the most of it loses their eldest. Those
// that were not done when the program ended have failed. Any thread.
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
    std::string digest = {};  // of the file, SHA-256
  };
  using Make = std::function<Answer<Made>(const Making&)>;

  // `now`: Unix milliseconds. `folder` outlives it.
  ExportJobs(const DataFolder& folder, std::function<int64_t()> now);
  ~ExportJobs();  // what runs ends soon
  ExportJobs(const ExportJobs&) = delete;
  ExportJobs& operator=(const ExportJobs&) = delete;

  // What is asked for: `account`, `name`, `type` and `reach` of it count.
  // Refuses kTooLarge where the account has too many, kUnreachable where it, or all, have too many
  // that wait: when to ask again is said.
  Result<ExportJob> start(const ExportJob& wanted, Make make);
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
  bool drop_eldest_of(const std::string& account);
  // What of each account's lies here and is not under way.
  struct Share {
    uint64_t bytes = 0;
    size_t number = 0;
  };
  std::map<std::string, Share> shares() const;
  std::optional<std::string> take_next();
  void leave_free(const std::string& account, uint64_t bytes);
  Job* job_of(const std::string& account, const std::string& id);

  const HeldFolder folder_;
  const std::function<int64_t()> now_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Job> jobs_;  // by id
  std::deque<std::string> waiting_;
  std::set<std::string> served_;  // accounts of which one is being made
  std::string last_;              // whose turn it was
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sitelog
