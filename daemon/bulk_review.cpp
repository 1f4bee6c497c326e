// One verdict on many records: on each as it was seen, and on none that has changed since. Which
// they are is told line by line, or picked by a filter at one moment and kept: a selection.
#include <algorithm>
#include <chrono>
#include <span>

#include "daemon/bulk_audit.hpp"
#include "daemon/headquarters.hpp"
#include "daemon/selections.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_filter.hpp"
#include "engine/record_names.hpp"
#include "engine/seen.hpp"
#include "engine/unusual_values.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Of one asking; of one commit, which others wait for.
constexpr size_t kReviewedMax = limits::kSelectedMax;
constexpr size_t kReviewedAtOnce = 50;
constexpr size_t kRemarksOfManyMax = 2000;
constexpr size_t kSelectionIdLength = 32;
constexpr size_t kNoticesCounted = 50;
// Of one selecting: so many are looked at for what the store can't say. All of it is of one moment,
// for which the store's log is kept, so it is no page of a list that goes on.
constexpr int64_t kLookedMax = 20'000;

// What was picked: a record by its whole id or as UNIT/FORM/ID, and what was seen of it.
struct Picked {
  std::string name;
  std::string seen;
};

// Nothing where the value is not one.
std::optional<Picked> read_picked(const json::value& value) {
  const json::object* in = value.if_object();
  if (in == nullptr) return std::nullopt;
  const json::value* record = in->if_contains("record");
  const json::value* seen = in->if_contains("seen");
  if (record == nullptr || seen == nullptr || !record->is_string() || !seen->is_string() ||
      record->get_string().size() > static_cast<size_t>(kRecordNameBytesMax)) {
    return std::nullopt;
  }
  Picked out{std::string(record->get_string()), {}};
  const auto read = read_seen(std::string(seen->get_string()));
  // A part of an id may come to mean another record than it was picked for.
  if (!read || !RecordId::parse(parse_record_name(out.name).id)) return std::nullopt;
  out.seen = *read;
  return out;
}

// One record to be reviewed as it was seen.
struct ToReview {
  std::string name;
  Answer<FoundRecord> record;
  std::string seen;
};

// Reviews records, each looked at again where it is done; what became of each.
class BulkReview {
 public:
  BulkReview(Headquarters& headquarters, const OperationCall& call, RecordChange change)
      : engine_(*headquarters.engine),
        call_(call),
        audit_(headquarters, call),
        change_(std::move(change)),
        codes_(engine_.identity().key) {}

  // Each of them; `keep` (size_t, const OperationAnswer&) is told of what was done together before
  // anybody else is, who may be gone. `more`: others follow these.
  template <class Keep>
  void review(std::span<const ToReview> records, bool more, const Keep& keep) {
    for (size_t done = 0; done < records.size();) {
      const auto outcomes = review_some(records.subspan(done));
      for (size_t i = 0; i < outcomes.size(); ++i) keep(done + i, outcomes[i]);
      if (more || done + outcomes.size() < records.size()) {
        audit_.note(reviewed_ + std::count_if(outcomes.begin(), outcomes.end(), was_reviewed));
      }
      for (const OperationAnswer& each : outcomes) tell(records[done++].name, each);
    }
  }

  json::object counts() const {
    json::object out{{"reviewed", reviewed_}, {"unchanged", unchanged_}, {"left_out", left_out_}};
    if (call_.args.flag("preview")) out["preview"] = true;
    json::array notices;
    for (const auto& [notice, records] : notices_) {
      json::object each = notice;
      each["records"] = records;
      notices.push_back(std::move(each));
    }
    if (!notices.empty()) out["notices"] = std::move(notices);
    return out;
  }

 private:
  static bool was_reviewed(const OperationAnswer& outcome) {
    return outcome && !outcome->contains("unchanged");
  }

  // As many as all units may wait for meanwhile, and one at least, in one commit.
  std::vector<OperationAnswer> review_some(std::span<const ToReview> records) {
    const Reach reach(call_.caller.scope, engine_);
    std::vector<std::optional<ChangedAsSeen>> done;
    engine_.call([&](Store& store, const CampaignCatalogue& catalogue) {
      const auto until = std::chrono::steady_clock::now() + kTimeInOneCommit;
      do {
        const auto& [name, record, seen] = records[done.size()];
        auto& outcome = done.emplace_back();
        if (!record) continue;
        outcome = reach.covers(store, *record)
                      ? change_as_seen(store, catalogue, codes_, *record, seen, change_)
                      : ChangedAsSeen{unknown_record(record->record)};
      } while (done.size() < records.size() && std::chrono::steady_clock::now() < until);
      return Done{};
    });
    std::vector<OperationAnswer> out;
    for (size_t i = 0; i < done.size(); ++i) {
      const auto& record = records[i].record;
      out.push_back(record ? outcome_of(codes_, *record, records[i].seen, *done[i])
                           : OperationAnswer(record.refusal()));
    }
    return out;
  }

  void tell(const std::string& name, const OperationAnswer& outcome) {
    json::object line{{"record", name}};
    if (!outcome) {
      ++left_out_;
      line["error"] = to_json(outcome.refusal());
    } else if (outcome->contains("unchanged")) {
      ++unchanged_;
      line["unchanged"] = true;
    } else {
      ++reviewed_;
      for (const char* part : {"seen", "code", "void", "withdrawn", "notices"}) {
        if (const auto* value = outcome->if_contains(part)) line[part] = *value;
      }
      count_notices(*outcome);
    }
    call_.io.line(line);
  }

  // Of how many records the same is to be known. Of what differs by the record the first stand.
  void count_notices(const json::object& outcome) {
    const auto* told = outcome.if_contains("notices");
    if (told == nullptr) return;
    for (const json::value& notice : told->as_array()) {
      const auto at = std::find_if(notices_.begin(), notices_.end(), [&](const auto& counted) {
        return counted.first == notice.as_object();
      });
      if (at != notices_.end()) {
        ++at->second;
      } else if (notices_.size() < kNoticesCounted) {
        notices_.emplace_back(notice.as_object(), 1);
      }
    }
  }

  Engine& engine_;
  const OperationCall& call_;
  BulkAudit audit_;
  const RecordChange change_;
  const SeenCodes codes_;
  int64_t reviewed_ = 0, unchanged_ = 0, left_out_ = 0;
  std::vector<std::pair<json::object, int64_t>> notices_;
};

// All of it is there before the first is done: what is wrong with one line is wrong with all.
Result<std::vector<Picked>> take_lines(const OperationCall& call) {
  std::vector<Picked> out;
  while (const auto input = call.io.next_input()) {
    auto picked = read_picked(*input);
    if (!picked) {
      return Refusal{Reason::kMalformed,
                     N_("line {} does not say which record, by its whole id, and what was seen of "
                        "it: nothing was done"),
                     {std::to_string(out.size() + 1)}};
    }
    out.push_back(*std::move(picked));
    if (out.size() > kReviewedMax) {
      return Refusal{Reason::kTooLarge,
                     N_("at most {} records are reviewed at once: nothing was done; do it in "
                        "parts"),
                     {std::to_string(kReviewedMax)}};
    }
  }
  return out;
}

OperationAnswer review_lines(Headquarters& headquarters, const OperationCall& call,
                             BulkReview& reviewing) {
  const auto picked = take_lines(call);
  if (!picked) return picked.refusal();
  Engine& engine = *headquarters.engine;
  for (size_t at = 0; at < picked->size();) {
    std::vector<ToReview> records;
    engine.read([&](const Queries& queries) {
      for (; at < picked->size() && records.size() < kReviewedAtOnce; ++at) {
        const Picked& each = (*picked)[at];
        records.push_back(
            {each.name, find_record(engine, queries, call.caller, each.name), each.seen});
      }
      return Done{};
    });
    reviewing.review(records, at < picked->size(), [](size_t, const OperationAnswer&) {});
  }
  return reviewing.counts();
}

std::string name_told(const FoundRecord& record) {
  return written_name(record).value_or(record.record.hex());
}

Refusal no_such_selection() {
  return {Reason::kUnknownRecord,
          N_("there is no such selection of yours, or not any more: select the records again"),
          {}};
}

// Nobody else works at it meanwhile.
class AtWork {
 public:
  explicit AtWork(Selection& selection) : selection_(selection) {
    const std::lock_guard lock(selection_.mutex);
    got_ = !std::exchange(selection_.at_work, true);
  }
  ~AtWork() {
    if (!got_) return;
    const std::lock_guard lock(selection_.mutex);
    selection_.at_work = false;
  }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;
  bool got() const { return got_; }

 private:
  Selection& selection_;
  bool got_ = false;
};

void note_outcome(Selection& selection, size_t row, const OperationAnswer& outcome) {
  const std::lock_guard lock(selection.mutex);
  Selection::Row& own = selection.rows[row];
  if (!outcome) {
    own.state = Selection::State::kLeftOut;
    own.why = outcome.refusal();
  } else {
    own.state =
        outcome->contains("unchanged") ? Selection::State::kUnchanged : Selection::State::kReviewed;
  }
}

// What waits still: whose connection broke off asks again, and goes on where it was.
OperationAnswer review_selection(Headquarters& headquarters, const OperationCall& call,
                                 BulkReview& reviewing) {
  const auto selection = headquarters.selections->find(
      call.caller.name, call.args.text("selection"), read_clock().wall.ms);
  if (!selection) return no_such_selection();
  const AtWork work(*selection);
  if (!work.got()) {
    return Refusal{Reason::kFolderInUse,
                   N_("this selection is being reviewed just now (review.selection tells how far)"),
                   {}};
  }
  for (size_t at = 0; at < selection->rows.size();) {
    std::vector<ToReview> records;
    std::vector<size_t> rows;
    for (; at < selection->rows.size() && records.size() < kReviewedAtOnce; ++at) {
      const Selection::Row& row = selection->rows[at];
      if (row.state != Selection::State::kWaiting) continue;
      records.push_back({name_told(row.record), row.record, row.seen.hex()});
      rows.push_back(at);
    }
    const bool done = !call.args.flag("preview");
    reviewing.review(records, at < selection->rows.size(),
                     [&](size_t i, const OperationAnswer& outcome) {
                       if (done) note_outcome(*selection, rows[i], outcome);
                     });
  }
  return reviewing.counts();
}

// What is remarked is kept with each record, at headquarters and at its unit's devices.
std::optional<Refusal> remark_too_long(const OperationCall& call) {
  size_t bytes = call.args.text("remark").size() + call.args.text("reason").size();
  for (const auto& [field, remark] : call.args.fields("fields")) {
    bytes += field.size() + (remark.is_string() ? remark.get_string().size() : 0);
  }
  if (bytes <= kRemarksOfManyMax) return std::nullopt;
  return Refusal{Reason::kTooLarge,
                 N_("what is remarked is said of each of these records, and may come to {} bytes: "
                    "say it in fewer words, or of single records"),
                 {std::to_string(kRemarksOfManyMax)}};
}

OperationAnswer review_many(Headquarters& headquarters, const OperationCall& call) {
  if (auto refused = remark_too_long(call)) return *std::move(refused);
  auto change = review_change(
      headquarters, call,
      {.also_unsent = call.args.flag("unsent"), .preview = call.args.flag("preview")});
  if (!change) return change.refusal();
  BulkReview reviewing(headquarters, call, *std::move(change));
  return call.args.has("selection") ? review_selection(headquarters, call, reviewing)
                                    : review_lines(headquarters, call, reviewing);
}

json::object selection_json(Selection& selection) {
  const std::lock_guard lock(selection.mutex);
  int64_t of[4] = {};
  for (const Selection::Row& row : selection.rows) ++of[static_cast<size_t>(row.state)];
  return {{"selection", selection.id},
          {"made", selection.made_ms},
          {"records", selection.rows.size()},
          {"waiting", of[0]},
          {"reviewed", of[1]},
          {"unchanged", of[2]},
          {"left_out", of[3]},
          {"at_work", selection.at_work}};
}

// All that the filter means, as it is at one moment.
OperationAnswer select_records(Headquarters& headquarters, const OperationCall& call) {
  Engine& engine = *headquarters.engine;
  auto asked = read_asked_records(engine, call);
  if (!asked) return asked.refusal();
  UnusualValues marks(engine);
  std::vector<Selection::Row> rows;
  asked->filter.limit = int64_t{kReviewedMax} + 1;
  asked->filter.looked_max = kLookedMax;
  if (asked->wanted.anything()) asked->filter.limit = kLookedMax + 1;
  int64_t looked = 0;
  ListEnd end;
  engine.read([&](const Queries& queries) {
    const auto take = [&](json::object line) {
      ++looked;
      if (asked->wanted.unexplained) marks.mark(line);
      if (rows.size() > kReviewedMax || !asked->wanted.fits(line)) return;
      rows.push_back(
          {{BookCode(line.at("unit").as_string()), *RecordId::parse(line.at("record").as_string()),
            std::string(line.at("form").as_string())},
           *Hash::parse(std::string_view(line.at("seen").as_string()))});
    };
    queries.list_records(asked->filter, std::nullopt, take, nullptr, &end);
    return Done{};
  });
  if (end.cut || (asked->wanted.anything() && looked > kLookedMax)) {
    return Refusal{Reason::kTooLarge,
                   N_("more than {} records would have to be looked at one by one: say more of "
                      "which are meant, such as a unit, a kind or days"),
                   {std::to_string(kLookedMax)}};
  }
  if (rows.empty() && asked->wanted.no_such_word) return *asked->wanted.no_such_word;
  if (rows.size() > kReviewedMax) {
    return Refusal{Reason::kTooLarge,
                   N_("these are more than {} records, which is the most that is reviewed at once: "
                      "ask for fewer"),
                   {std::to_string(kReviewedMax)}};
  }
  return selection_json(
      *headquarters.selections->keep(call.caller.name, std::move(rows), read_clock().wall.ms));
}

// How far it is, and whom it left out, of those that lie in the caller's scope still.
OperationAnswer tell_selection(Headquarters& headquarters, const OperationCall& call) {
  const auto selection = headquarters.selections->find(
      call.caller.name, call.args.text("selection"), read_clock().wall.ms);
  if (!selection) return no_such_selection();
  std::vector<std::pair<FoundRecord, Refusal>> left_out;
  {
    const std::lock_guard lock(selection->mutex);
    for (const Selection::Row& row : selection->rows) {
      if (row.state == Selection::State::kLeftOut) left_out.emplace_back(row.record, row.why);
    }
  }
  Engine& engine = *headquarters.engine;
  for (size_t at = 0; at < left_out.size();) {
    std::vector<json::object> lines;
    engine.read([&](const Queries& queries) {
      const auto tree = engine.units(queries);
      for (size_t looked = 0; at < left_out.size() && looked < kReviewedAtOnce; ++at, ++looked) {
        const auto& [record, why] = left_out[at];
        const std::vector<BookCode> unit{record.unit};
        const auto within = records_told(call.caller.scope, *tree, unit);
        const RecordsNamed named{unit, record.form, record.record.hex(), within.value_or(Within{})};
        if (!within || queries.find_records(named, 1).empty()) continue;
        lines.push_back({{"record", name_told(record)}, {"error", to_json(why)}});
      }
      return Done{};
    });
    for (const json::object& line : lines) call.io.line(line);
  }
  return selection_json(*selection);
}

std::vector<Member> selection_members() {
  using namespace shape;
  return {{"selection", text()},   {"made", integer()},     {"records", integer()},
          {"waiting", integer()},  {"reviewed", integer()}, {"unchanged", integer()},
          {"left_out", integer()}, {"at_work", flag()}};
}

Argument selection_argument(const char* help) {
  return argument::text("selection", help).between(kSelectionIdLength, kSelectionIdLength);
}

}  // namespace

void add_bulk_review(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  std::vector<Argument> arguments = verdict_arguments();
  arguments.push_back(selection_argument(
      N_("a selection's id: what it holds is reviewed, instead of what is told line by line")));
  arguments.push_back(argument::flag(
      "unsent", N_("also what its unit has not sent yet, in a campaign that asks for sending")));
  arguments.push_back(
      argument::flag("preview", N_("tell what would come of each, and review none")));
  table.add(
      {.name = "review.many",
       .right = Right::kReview,
       .writes = true,
       .help = N_("say the same of many records, each as it was seen: a line each, or a selection; "
                  "and a line for each with what became of it; one that has changed since is left "
                  "out"),
       .arguments = std::move(arguments),
       .input = object({{"record", text()}, {"seen", text()}}),
       .line = object({{"record", text()},
                       sometimes("unchanged", flag()),
                       sometimes("seen", text()),
                       sometimes("code", text()),
                       sometimes("void", text()),
                       sometimes("withdrawn", text()),
                       sometimes("notices", list(problem_shape())),
                       sometimes("error", any())}),
       .answer = object({{"reviewed", integer()},
                         {"unchanged", integer()},
                         {"left_out", integer()},
                         sometimes("preview", flag()),
                         sometimes("notices", list(object({{"reason", text()},
                                                           {"text", text()},
                                                           {"args", list(text())},
                                                           {"records", integer()}})))}),
       .run = run_by(headquarters, review_many)});
  table.add({.name = "review.select",
             .right = Right::kReview,
             .writes = true,
             .help = N_("pick the records that a list would tell, as they are now, to be reviewed "
                        "together"),
             .arguments = narrowing_arguments(argument::text("form", N_("only of this form"))),
             .answer = object(selection_members()),
             .run = run_by(headquarters, select_records)});
  table.add({.name = "review.selection",
             .right = Right::kReview,
             .help = N_("how far the review of one's own selection is, and what it left out"),
             .arguments = {selection_argument(N_("its id, as selecting told")).needed()},
             .line = object({{"record", text()}, {"error", any()}}),
             .answer = object(selection_members()),
             .run = run_by(headquarters, tell_selection)});
}

}  // namespace sitelog
