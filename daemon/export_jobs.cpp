#include "daemon/export_jobs.hpp"

#include <dirent.h>

#include <algorithm>
#include <system_error>
#include <vector>

#include "command/answer_fields.hpp"
#include "engine/engine.hpp"
#include "engine/system.hpp"
#include "sync/ledger/crypto.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kFolder = "exports";
constexpr std::string_view kAbout = ".json";
constexpr const char* kInterrupted =
    N_("the program ended before this export was done: start it again");

// Thrown through what makes a file.
struct Cancelled {};

// Names in a folder; those of an export begin with its id.
std::vector<std::string> names_in(const HeldFolder& folder) {
  std::vector<std::string> out;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(folder.path().c_str()), ::closedir);
  if (!open) raise_system_error(folder.path());
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string name(entry->d_name);
    if (name != "." && name != "..") out.push_back(name);
  }
  return out;
}

std::string new_id() {
  std::array<uint8_t, 16> bytes{};
  fill_random(bytes);
  return to_hex(bytes);
}

std::optional<ExportJob::State> state_named(std::string_view name) {
  using State = ExportJob::State;
  for (const State state :
       {State::kWaiting, State::kRunning, State::kDone, State::kFailed, State::kCancelled}) {
    if (name_of(state) == name) return state;
  }
  return std::nullopt;
}

bool is_under_way(const ExportJob& job) {
  return job.state == ExportJob::State::kWaiting || job.state == ExportJob::State::kRunning;
}

json::object reach_json(const ExportReach& reach) {
  json::array within;
  for (const RecordsOf& each : reach.within) {
    within.emplace_back(json::object{{"units", json::value_from(each.units)},
                                     {"campaign", each.campaign},
                                     {"except", json::value_from(each.except)}});
  }
  return {{"campaign", reach.campaign}, {"within", std::move(within)}};
}

std::vector<std::string> texts_in(const json::object& object, const char* name) {
  std::vector<std::string> out;
  for (const json::value& each : array_in(object, name)) {
    if (each.is_string()) out.emplace_back(each.get_string());
  }
  return out;
}

ExportReach read_reach(const json::object& object) {
  ExportReach out{.campaign = text_in(object, "campaign")};
  for (const json::value& each : array_in(object, "within")) {
    if (!each.is_object()) return {};  // told to whom everything is
    const json::object& in = each.get_object();
    out.within.push_back({texts_in(in, "units"), text_in(in, "campaign"), texts_in(in, "except")});
  }
  return out;
}

json::object kept_json(const ExportJob& job) {
  return {{"id", job.id},
          {"account", job.account},
          {"reach", reach_json(job.reach)},
          {"name", job.name},
          {"type", job.type},
          {"state", name_of(job.state)},
          {"begun", job.begun_ms},
          {"ended", job.ended_ms},
          {"records", job.records},
          {"of", job.of},
          {"bytes", job.bytes},
          {"digest", job.digest},
          {"why",
           {{"reason", static_cast<int>(job.why.reason)},
            {"text", job.why.text},
            {"args", json::value_from(job.why.args)}}}};
}

// Nothing where it is none.
std::optional<ExportJob> read_job(std::string_view text) {
  boost::system::error_code error;
  const json::value read = json::parse(text, error);
  if (error || !read.is_object()) return std::nullopt;
  const json::object& object = read.get_object();
  const auto state = state_named(text_in(object, "state"));
  if (!state) return std::nullopt;
  ExportJob out;
  out.id = text_in(object, "id");
  out.account = text_in(object, "account");
  out.name = text_in(object, "name");
  out.type = text_in(object, "type");
  out.reach = read_reach(object_in(object, "reach"));
  out.state = *state;
  out.begun_ms = number_in(object, "begun").value_or(0);
  out.ended_ms = number_in(object, "ended").value_or(0);
  out.records = number_in(object, "records").value_or(0);
  out.of = number_in(object, "of").value_or(0);
  out.bytes = static_cast<uint64_t>(number_in(object, "bytes").value_or(0));
  out.digest = text_in(object, "digest");
  return out;
}

}  // namespace

const char* name_of(ExportJob::State state) {
  switch (state) {
    case ExportJob::State::kWaiting: return "waiting";
    case ExportJob::State::kRunning: return "running";
    case ExportJob::State::kDone: return "done";
    case ExportJob::State::kFailed: return "failed";
    case ExportJob::State::kCancelled: return "cancelled";
  }
  return "failed";
}

ExportJobs::ExportJobs(const DataFolder& folder, std::function<int64_t()> now)
    : folder_(folder.folder().within(kFolder)), now_(std::move(now)) {
  read_kept();
  for (size_t i = 0; i < limits::kExportsAtOnce; ++i) threads_.emplace_back([this] { work(); });
}

ExportJobs::~ExportJobs() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

// What was done is there again; of what was under way nothing is left but that it failed.
void ExportJobs::read_kept() {
  const auto names = names_in(folder_);
  for (const std::string& name : names) {
    if (!name.ends_with(kAbout)) continue;
    const std::string id = name.substr(0, name.size() - kAbout.size());
    auto job = read_job(folder_.read(name).value_or(""));
    if (!job || job->id != id) continue;
    if (is_under_way(*job)) {
      job->state = ExportJob::State::kFailed;
      job->ended_ms = now_();
    }
    if (job->state == ExportJob::State::kFailed) job->why = {Reason::kNotSaved, kInterrupted, {}};
    if (job->state == ExportJob::State::kDone && !folder_.has(id)) continue;
    jobs_[id].told = *std::move(job);
  }
  for (const std::string& name : names) {
    const auto job = jobs_.find(name.substr(0, name.find('.')));
    const bool about = name.ends_with(kAbout);
    const bool stays =
        job != jobs_.end() &&
        (about || (name == job->first && job->second.told.state == ExportJob::State::kDone));
    if (!stays) folder_.remove(name);
  }
  expire();
}

void ExportJobs::keep(const ExportJob& job) const {
  folder_.write(job.id + std::string(kAbout), json::serialize(kept_json(job)));
}

void ExportJobs::remove_files(const std::string& id) const {
  for (const std::string& name : names_in(folder_)) {
    if (name.substr(0, name.find('.')) == id) folder_.remove(name);
  }
}

std::map<std::string, ExportJobs::Share> ExportJobs::shares() const {
  std::map<std::string, Share> out;
  for (const auto& [id, job] : jobs_) {
    if (is_under_way(job.told)) continue;
    Share& share = out[job.told.account];
    share.bytes += job.told.bytes;
    ++share.number;
  }
  return out;
}

// False where none of theirs may go.
bool ExportJobs::drop_eldest_of(const std::string& account) {
  auto eldest = jobs_.end();
  for (auto at = jobs_.begin(); at != jobs_.end(); ++at) {
    const ExportJob& job = at->second.told;
    if (job.account != account || is_under_way(job)) continue;
    if (eldest == jobs_.end() || job.ended_ms < eldest->second.told.ended_ms) eldest = at;
  }
  if (eldest == jobs_.end()) return false;
  remove_files(eldest->first);
  jobs_.erase(eldest);
  return true;
}

// Those that have lain long enough go. Where there is no room whoever has the most of it loses
// their eldest, so that nobody's go for what others keep.
void ExportJobs::expire() {
  const int64_t eldest = now_() - limits::kExportHoursMax * 3'600'000;
  std::erase_if(jobs_, [&](const auto& each) {
    const auto& [id, job] = each;
    if (is_under_way(job.told) || job.told.ended_ms >= eldest) return false;
    remove_files(id);
    return true;
  });
  for (;;) {
    const auto all = shares();
    if (all.empty()) return;
    uint64_t bytes = 0;
    for (const auto& [account, share] : all) bytes += share.bytes;
    const auto most = [&all](auto Share::*what) {
      return std::max_element(all.begin(), all.end(), [what](const auto& a, const auto& b) {
        return a.second.*what < b.second.*what;
      });
    };
    if (const auto largest = most(&Share::bytes);
        bytes > limits::kExportBytesMax || largest->second.bytes > limits::kExportBytesOfOneMax) {
      drop_eldest_of(largest->first);
    } else if (jobs_.size() >= limits::kExportsMax) {
      drop_eldest_of(most(&Share::number)->first);
    } else {
      return;
    }
  }
}

Result<ExportJob> ExportJobs::start(const ExportJob& wanted, Make make) {
  const std::lock_guard lock(mutex_);
  expire();
  size_t own = 0, under_way = 0;
  for (const auto& [id, job] : jobs_) {
    if (job.told.account != wanted.account) continue;
    ++own;
    under_way += is_under_way(job.told) ? 1 : 0;
  }
  if (under_way >= limits::kExportsUnderWayOfOneMax) {
    return Refusal{Reason::kUnreachable,
                   N_("{} exports of yours wait or are being made: nothing was started; ask again "
                      "in {} seconds, or end one of them (exports.cancel)"),
                   {std::to_string(under_way), std::to_string(limits::kExportAskAgainS)}};
  }
  if (own >= limits::kExportsOfOneMax) {
    return Refusal{Reason::kTooLarge,
                   N_("there are {} exports of yours already: remove one that is not needed any "
                      "more (exports.cancel), then start this one again"),
                   {std::to_string(limits::kExportsOfOneMax)}};
  }
  if (jobs_.size() >= limits::kExportsMax) {
    return Refusal{Reason::kUnreachable,
                   N_("too many exports wait just now: nothing was started; ask again in {} "
                      "seconds"),
                   {std::to_string(limits::kExportAskAgainS)}};
  }
  Job job;
  job.told.id = new_id();
  job.told.account = wanted.account;
  job.told.name = wanted.name;
  job.told.type = wanted.type;
  job.told.reach = wanted.reach;
  job.told.begun_ms = now_();
  job.make = std::move(make);
  keep(job.told);
  const ExportJob out = job.told;
  jobs_.emplace(out.id, std::move(job));
  waiting_.push_back(out.id);
  changed_.notify_all();
  return out;
}

std::vector<ExportJob> ExportJobs::list(const std::string& account) {
  const std::lock_guard lock(mutex_);
  expire();
  std::vector<ExportJob> out;
  for (const auto& [id, job] : jobs_) {
    if (job.told.account == account) out.push_back(job.told);
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const ExportJob& a, const ExportJob& b) { return a.begun_ms < b.begun_ms; });
  return out;
}

ExportJobs::Job* ExportJobs::job_of(const std::string& account, const std::string& id) {
  const auto at = jobs_.find(id);
  return at != jobs_.end() && at->second.told.account == account ? &at->second : nullptr;
}

std::optional<ExportJob> ExportJobs::find(const std::string& account, const std::string& id) {
  const std::lock_guard lock(mutex_);
  expire();
  const Job* job = job_of(account, id);
  return job != nullptr ? std::optional(job->told) : std::nullopt;
}

bool ExportJobs::cancel(const std::string& account, const std::string& id) {
  const std::lock_guard lock(mutex_);
  Job* job = job_of(account, id);
  if (job == nullptr) return false;
  if (job->told.state == ExportJob::State::kRunning) {
    job->cancelled = true;  // whoever makes it takes the files away
    return true;
  }
  std::erase(waiting_, id);
  remove_files(id);
  jobs_.erase(id);
  return true;
}

std::optional<FileHandle> ExportJobs::open(const std::string& account, const std::string& id) {
  const std::lock_guard lock(mutex_);
  expire();
  const Job* job = job_of(account, id);
  if (job == nullptr || job->told.state != ExportJob::State::kDone) return std::nullopt;
  return folder_.open_file(id);
}

// The first that waits of the account that is next in turn; of one account one at a time.
std::optional<std::string> ExportJobs::take_next() {
  auto best = waiting_.end();
  std::pair<bool, std::string> turn;
  for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
    const std::string& account = jobs_.at(*at).told.account;
    if (served_.contains(account)) continue;
    std::pair own(account <= last_, account);
    if (best != waiting_.end() && own >= turn) continue;
    best = at;
    turn = std::move(own);
  }
  if (best == waiting_.end()) return std::nullopt;
  std::string out = std::move(*best);
  waiting_.erase(best);
  return out;
}

void ExportJobs::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    std::optional<std::string> id;
    changed_.wait(lock, [&] { return stopping_ || (id = take_next()); });
    if (stopping_) return;
    Job& job = jobs_.at(*id);
    job.told.state = ExportJob::State::kRunning;
    const std::string account = last_ = job.told.account;
    served_.insert(account);
    Make make = std::exchange(job.make, {});
    lock.unlock();
    run(*id, make);
    make = {};
    lock.lock();
    served_.erase(account);
    changed_.notify_all();
  }
}

void ExportJobs::run(const std::string& id, const Make& make) {
  const auto failed = [&](Refusal why) { end(id, Answer<Made>(std::move(why))); };
  try {
    end(id, make({folder_, id, [&](int64_t records, int64_t of, uint64_t bytes) {
                    note_progress(id, records, of, bytes);
                  }}));
  } catch (const Cancelled&) {
    failed({Reason::kNotSaved, kInterrupted, {}});
  } catch (const StoreError& error) {
    failed(refusal_of(error));
  } catch (const std::system_error& error) {
    // Of a library that says no more than that it could not write.
    const auto space = folder_.space();
    const bool full =
        error.code().value() == ENOSPC || (space && space->free < limits::kExportLeavesFree / 8);
    failed(refusal_of(
        StoreError(full ? StoreError::Kind::kFull : StoreError::Kind::kOther, error.what())));
  } catch (const std::exception& error) {
    failed(refusal_of(StoreError(StoreError::Kind::kOther, error.what())));
  }
}

void ExportJobs::note_progress(const std::string& id, int64_t records, int64_t of, uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  Job& job = jobs_.at(id);
  if (stopping_ || job.cancelled) throw Cancelled();
  job.told.records = records;
  job.told.of = of;
  job.told.bytes = bytes;
  leave_free(job.told.account, bytes);
}

// `bytes`: of the one of theirs that is being made. Room is made by whoever has more than they.
void ExportJobs::leave_free(const std::string& account, uint64_t bytes) {
  const auto is_short = [this] {
    const auto space = folder_.space();
    return space && space->free < limits::kExportLeavesFree;
  };
  bool more = bytes <= limits::kExportBytesOfOneMax;
  while (more && is_short()) {
    auto all = shares();
    all[account].bytes += bytes;
    const auto largest = std::max_element(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return a.second.bytes < b.second.bytes;
    });
    more = largest->second.bytes > all[account].bytes && drop_eldest_of(largest->first);
  }
  if (!more) throw StoreError(StoreError::Kind::kFull, "exports");
}

void ExportJobs::end(const std::string& id, const Answer<Made>& made) {
  const std::lock_guard lock(mutex_);
  Job& job = jobs_.at(id);
  job.told.ended_ms = now_();
  if (job.cancelled) {
    remove_files(id);
    jobs_.erase(id);
    return;
  }
  try {
    if (made) {
      job.told.records = job.told.of = made->records;
      job.told.bytes = made->bytes;
      job.told.digest = made->digest;
      job.told.state = ExportJob::State::kDone;
    } else {
      job.told.why = made.refusal();
      job.told.bytes = 0;
      job.told.state = ExportJob::State::kFailed;
      remove_files(id);
    }
    keep(job.told);
  } catch (const std::exception&) {
    // On a full disk what is kept of it says that it is under way: at the next start it has failed.
  }
}

}  // namespace sitelog
