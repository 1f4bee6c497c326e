#include "client/site.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <system_error>

#include "campaign/chain.hpp"
#include "campaign/units.hpp"
#include "client/new_comments.hpp"
#include "command/folder_owner.hpp"
#include "engine/operation_parts.hpp"
#include "engine/own_place.hpp"
#include "engine/people.hpp"
#include "engine/record_operations.hpp"
#include "engine/reviewing.hpp"
#include "engine/status.hpp"
#include "engine/unit_names.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int kHandOverMs = 10'000;  // for commands that run when a sync in their folder is done

// Of records that wait where they would not by now: so many are told, of so many.
constexpr size_t kOtherwiseTold = 1000;
constexpr int64_t kWaitingLooked = 2000;

constexpr const char* kResumptionFile = "resumption.key";  // holds a secret, as a key does

// What makes the next handshake cheaper is a help and no more: where it can't be read or kept, the
// handshake is a whole one.
void offer_resumption(const DataFolder& folder, SyncConnector& connector) {
  try {
    if (const auto saved = folder.read(kResumptionFile)) {
      connector.offer_resumption(as_bytes(*saved));
    }
  } catch (const StoreError&) {
    // Another user's, or no file at all.
  }
}

void keep_resumption(const DataFolder& folder, const std::string& resumption) {
  if (resumption.empty()) return;
  try {
    folder.write(kResumptionFile, resumption);
  } catch (const StoreError&) {
    // A full disk: the sync itself is done.
  }
}

// The certificate is this device's, for this unit, and there is an authority to know others by.
bool is_certified(const Identity& identity) {
  const auto certificate = Certificate::parse(identity.certificate);
  const auto authority = Certificate::parse(identity.authority);
  if (!certificate || !authority || !certificate->issued_by(*authority)) return false;
  const auto peer = peer_of(*certificate);
  return peer && peer->device == identity.device() && peer->standing == identity.standing;
}

// Answers other commands in the folder while this one is slow, so that nobody who records waits for
// a network. Where somebody answers already (the agent), that goes on and nothing is done here.
// Ends when no command runs any more. One that only waits for more input, or to be read, is cut off
// after kHandOverMs, as when an agent ends: what it has saved is kept.
class Answering {
 public:
  explicit Answering(Site& site) : operations_(site_operations(&site)) {
    operations_.wrap([this](const Operation&, Operation::Run run) -> Operation::Run {
      return [this, run = std::move(run)](const OperationCall& call) {
        count(1);
        const std::shared_ptr<void> done(nullptr, [this](void*) { count(-1); });
        return run(call);
      };
    });
    try {
      auto local = answer_callers(site.engine->folder().path(), operations_);
      if (local) local_ = std::move(*local);
    } catch (const std::system_error&) {
      // A folder that can't hold a socket: others wait for their turn.
    }
  }
  ~Answering() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(kHandOverMs),
                      [this] { return running_ == 0; });
  }
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;

 private:
  void count(int change) {
    const std::lock_guard lock(mutex_);
    running_ += change;
    changed_.notify_all();
  }

  OperationTable operations_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int running_ = 0;
  std::unique_ptr<LocalSocketServer> local_;  // ends first
};

OperationAnswer sync_site(Site& site, const OperationCall& call) {
  const Answering answering(site);
  NewComments comments(*site.engine);
  const SyncOutcome outcome =
      sync_now(*site.engine, call.args.text("headquarters"), {}, [&](const SyncProgress& progress) {
        call.io.progress({{"sent", progress.sent}, {"received", progress.received}});
      });
  std::vector<FieldProblem> refused;
  for (const Refusal& refusal : outcome.refused) refused.push_back({"", refusal});
  if (outcome.failure) return DetailedRefusal(*outcome.failure, std::move(refused));
  if (!outcome.caught_up) {
    return DetailedRefusal(
        {Reason::kNotPermitted, N_("not everything was taken: what was refused stays here"), {}},
        std::move(refused));
  }
  json::object out = to_json(outcome);
  if (!refused.empty()) out["refused"] = problems_json(refused);
  if (auto came = comments.come(); !came.empty()) out["comments"] = std::move(came);
  return out;
}

// The records that wait where they would not, were they sent by the units and roles as they are
// known here by now (waits_wrongly).
json::array asked_otherwise(const Queries& queries, const CampaignCatalogue& catalogue,
                            const UnitTree& units, const BookCode& own) {
  json::array out;
  if (units.unit(own) == nullptr) return out;
  RecordFilter filter;
  filter.units = {own};
  filter.review = name_of(ReviewVerdict::kPending);
  filter.limit = kWaitingLooked;
  queries.list_records(filter, std::nullopt, [&](const json::object& line) {
    if (out.size() == kOtherwiseTold || !line.at("review").as_object().contains("waiting")) return;
    const auto state = queries.record_state({own, *RecordId::parse(line.at("record").as_string()),
                                             std::string(line.at("form").as_string())});
    if (state && waits_wrongly(catalogue, *state, units, own)) out.emplace_back(line.at("record"));
  });
  return out;
}

OperationAnswer tell_status(Site& site, const OperationCall&) {
  Engine& engine = *site.engine;
  const Identity& identity = engine.identity();
  const ClockReading now = read_clock();
  const auto catalogue = engine.campaigns();
  std::vector<json::object> gone;
  for (const Definition* each : catalogue->withdrawn()) {
    gone.push_back({{"campaign", each->id}, {"zh", each->title.zh}, {"en", each->title.en}});
  }
  return engine.read([&](const Queries& queries) -> OperationAnswer {
    json::object out{{"device", identity.device().hex()},
                     {"name", identity.name},
                     {"unit", identity.unit()},
                     {"headquarters", identity.headquarters_name}};
    BookStatus own;
    own.unit = identity.unit();
    own.book_digest = digest_of(identity.unit(), VersionVector{}).hex();
    own.state_digest = Hash{}.hex();
    for (const BookStatus& book :
         queries.status(identity.device(), device_of(identity.headquarters))) {
      if (book.unit == identity.unit()) own = book;
    }
    for (auto& [key, value] : to_json(own)) out[key] = value;
    if (auto rules = to_json(queries.rules())) out["rules"] = std::move(*rules);
    // What was given back and not touched since.
    RecordFilter returned;
    returned.units = {identity.unit()};
    returned.review = name_of(ReviewVerdict::kReturned);
    json::array to_correct;
    queries.list_records(returned, std::nullopt, [&](const json::object& line) {
      if (!line.at("review").as_object().contains("changed_since")) {
        to_correct.emplace_back(line.at("record"));
      }
    });
    out["returned"] = std::move(to_correct);
    out["asked_otherwise"] =
        asked_otherwise(queries, *catalogue, *engine.units(queries), identity.unit());
    json::array withdrawn;
    for (json::object campaign : gone) {
      RecordFilter of_it;
      of_it.units = {identity.unit()};
      of_it.campaign = campaign.at("campaign").as_string();
      const int64_t records = queries.count_records(of_it);
      if (records == 0) continue;
      campaign["records"] = records;
      campaign["reason"] = why_void(queries, campaign_record(of_it.campaign), kFormCampaign);
      withdrawn.emplace_back(std::move(campaign));
    }
    out["withdrawn"] = std::move(withdrawn);
    const auto offset = queries.meta("clock_offset_ms");
    out["clock"] = json::object{
        {"wall", now.wall.ms},
        {"offset_ms", offset ? json::value(std::stoll(*offset)) : json::value(nullptr)}};
    const auto last = queries.meta(kLastSync);
    // Only shown: what of it can't be read is no reason to say nothing of the rest.
    boost::system::error_code unreadable;
    auto known = last ? json::parse(*last, unreadable) : json::value(nullptr);
    if (unreadable) known = nullptr;
    if (known.is_object()) {
      for (const char* internal : {"shut_out", kComplete}) known.get_object().erase(internal);
    }
    out["last_sync"] = std::move(known);
    for (auto& [key, value] : own_place(engine, queries)) out[key] = value;
    site.people->tell(queries, out);
    return out;
  });
}

}  // namespace

Result<std::unique_ptr<Site>> open_site(const std::string& folder, const std::string& purpose,
                                        int64_t wait_ms, const OnOpening& on_opening) {
  auto engine = Engine::open(folder, purpose, wait_ms, on_opening);
  if (!engine) {
    const Reason reason = engine.refusal().reason;
    if (reason == Reason::kNotJoined || reason == Reason::kFolderMissing) {
      return Refusal{
          Reason::kNotJoined,
          N_("this device has not joined yet: sitelog join CODE --headquarters HOST:PORT "
             "(data folder {})"),
          {folder}};
    }
    return engine.refusal();
  }
  const Identity& identity = (*engine)->identity();
  if (identity.standing.is_authority()) {
    return Refusal{Reason::kUsage, N_("{} is headquarters' data folder: use sitelogd"), {folder}};
  }
  if (!is_certified(identity)) return damaged_file("device.key, identity.json", folder);
  auto people = PeopleHere::open(**engine);
  if (!people) return people.refusal();
  return std::make_unique<Site>(Site{std::move(*engine), *std::move(people)});
}

ConnectorConfig connector_config(const Engine& engine) {
  const Identity& identity = engine.identity();
  auto certificate = Certificate::parse(identity.certificate);
  auto authority = Certificate::parse(identity.authority);
  SITELOG_ASSERT(certificate && authority);
  return ConnectorConfig{.key = identity.key,
                         .certificate = *certificate,
                         .authority = *authority,
                         .headquarters = device_of(identity.headquarters),
                         .software = "sitelog",
                         .clock = read_clock};
}

json::object to_json(const SyncOutcome& outcome) {
  return {{"sent", outcome.sent},
          {"received", outcome.received},
          {"bytes_sent", outcome.bytes_sent},
          {"bytes_received", outcome.bytes_received},
          {"exchanges", outcome.exchanges},
          {"seconds", outcome.seconds},
          {"caught_up", outcome.caught_up}};
}

void remember(Engine& engine, const SyncOutcome& outcome) {
  json::object last = to_json(outcome);
  last["wall"] = read_clock().wall.ms;
  if (outcome.failure) {
    last["failure"] = to_json(*outcome.failure);
  } else if (!outcome.caught_up && !outcome.refused.empty()) {
    last["failure"] = to_json(outcome.refused.front());  // the rest went through, but not this
  }
  try {
    engine.call([&](Store& store, const CampaignCatalogue&) {
      auto shut_out =
          shut_out_after(outcome.failure, last.at("wall").as_int64(), store.meta(kLastSync));
      if (shut_out) last["shut_out"] = *std::move(shut_out);
      // What one that failed leaves known is as of the one before.
      const auto complete = last_complete(store.meta(kLastSync));
      if (!outcome.failure) {
        last[kComplete] = last.at("wall");
      } else if (complete) {
        last[kComplete] = *complete;
      }
      store.set_meta(kLastSync, json::serialize(last));
      return Done{};
    });
  } catch (const StoreError&) {
    // Only shown to people: a disk that is full now must not end an agent's contact.
  }
}

bool says_nothing_of_others(const Refusal& failure) {
  switch (failure.reason) {
    case Reason::kUnreachable:
    case Reason::kNotHeadquarters:
    case Reason::kUsage: return true;  // the last: it is no address at all
    default: return false;
  }
}

SyncOutcome sync_now(Engine& engine, const std::string& headquarters, std::stop_token stop,
                     const SyncConnector::OnProgress& on_progress) {
  std::vector<std::string> addresses = engine.addresses();
  if (!headquarters.empty()) addresses = {headquarters};
  SyncOutcome outcome;
  outcome.failure =
      Refusal{Reason::kUnreachable,
              N_("no address of headquarters is known: give --headquarters HOST:PORT"),
              {}};
  SyncConnector connector(connector_config(engine), engine.store());
  offer_resumption(engine.folder(), connector);
  for (const std::string& address : addresses) {
    outcome = connector.sync_once(address, stop, on_progress);
    if (outcome.failure && says_nothing_of_others(*outcome.failure)) continue;
    engine.use_address(address);
    break;
  }
  if (!outcome.failure) {
    keep_resumption(engine.folder(), connector.resumption());
  }
  remember(engine, outcome);
  return outcome;
}

OperationTable site_operations(Site* site) {
  using namespace shape;
  OperationTable out("sitelog");
  add_record_operations(out, site != nullptr ? site->engine.get() : nullptr);
  std::vector<Member> outcome{{"sent", integer()},       {"received", integer()},
                              {"bytes_sent", integer()}, {"bytes_received", integer()},
                              {"exchanges", integer()},  {"seconds", number()},
                              {"caught_up", flag()}};
  std::vector<Member> synced = outcome;
  synced.push_back(sometimes("refused", list(problem_shape())));
  synced.push_back(sometimes(
      "comments",
      list(object(
          {{"record", text()}, {"text", text()}, {"person", text()}, {"wall", integer()}}))));
  out.add({.name = "sync",
           .right = Right::kMaintain,
           .writes = true,
           .help = N_("bring this device and headquarters in step"),
           .arguments = {argument::text("headquarters",
                                        N_("HOST:PORT, where it is another than before"))},
           .answer = object(std::move(synced)),
           .run = run_by(site, sync_site)});
  std::vector<Member> last = std::move(outcome);
  last.push_back({"wall", integer()});
  last.push_back(sometimes("failure", problem_shape()));
  std::vector<Member> status_members{{"device", text()},
                                     {"name", text()},
                                     {"unit", text()},
                                     sometimes("unit_name", text()),
                                     {"headquarters", text()}};
  for (Member& member : book_status_members()) status_members.push_back(std::move(member));
  status_members.push_back({"returned", list(text())});
  status_members.push_back({"asked_otherwise", list(text())});
  status_members.push_back({"withdrawn", list(object({{"campaign", text()},
                                                      {"zh", text()},
                                                      {"en", text()},
                                                      {"records", integer()},
                                                      {"reason", text()}}))});
  status_members.push_back(sometimes("rules", rules_shape()));
  status_members.push_back(
      {"clock", object({{"wall", integer()}, {"offset_ms", or_null(integer())}})});
  for (Member& member : own_place_members()) status_members.push_back(std::move(member));
  for (Member& member : here_members()) status_members.push_back(std::move(member));
  status_members.push_back({"last_sync", or_null(object(std::move(last)))});
  out.add({.name = "status",
           .help = N_("what is here, what headquarters holds, what waits"),
           .answer = object(std::move(status_members)),
           .run = run_by(site, tell_status)});
  add_people_operations(out, site != nullptr ? site->engine.get() : nullptr);
  add_people_here(out, site != nullptr ? site->people.get() : nullptr);
  if (site != nullptr) tell_names_of_units(out, *site->engine);
  return out;
}

}  // namespace sitelog
