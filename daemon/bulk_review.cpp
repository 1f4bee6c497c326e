// One verdict on many records: on each as it was seen, and on none that has changed since.
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_names.hpp"
#include "engine/seen.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Of one asking; of one commit, which others wait for.
constexpr size_t kReviewedMax = 20'000;
constexpr size_t kReviewedAtOnce = 50;

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

class BulkReview {
 public:
  BulkReview(Headquarters& headquarters, const OperationCall& call, RecordChange change)
      : engine_(*headquarters.engine),
        call_(call),
        change_(std::move(change)),
        codes_(engine_.identity().key) {}

  OperationAnswer run() {
    // All of it is there before the first is done: what is wrong with one line is wrong with all.
    const auto picked = take_lines();
    if (!picked) return picked.refusal();
    for (size_t at = 0; at < picked->size(); at += kReviewedAtOnce) {
      const size_t end = std::min(picked->size(), at + kReviewedAtOnce);
      review({picked->begin() + static_cast<std::ptrdiff_t>(at),
              picked->begin() + static_cast<std::ptrdiff_t>(end)});
    }
    return json::object{
        {"reviewed", reviewed_}, {"unchanged", unchanged_}, {"left_out", left_out_}};
  }

 private:
  Result<std::vector<Picked>> take_lines() {
    std::vector<Picked> out;
    while (const auto input = call_.io.next_input()) {
      auto picked = read_picked(*input);
      if (!picked) {
        return Refusal{
            Reason::kMalformed,
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

  // One commit; then what became of each.
  void review(const std::vector<Picked>& picked) {
    std::vector<Answer<FoundRecord>> found;
    engine_.read([&](const Queries& queries) {
      for (const Picked& each : picked) {
        found.push_back(find_record(engine_, queries, call_.caller, each.name));
      }
      return Done{};
    });
    const Reach reach(call_.caller.scope, engine_);
    std::vector<std::optional<ChangedAsSeen>> done(picked.size());
    engine_.call([&](Store& store, const CampaignCatalogue& catalogue) {
      for (size_t i = 0; i < picked.size(); ++i) {
        if (!found[i]) continue;
        if (!reach.covers(store, *found[i])) {
          done[i] = ChangedAsSeen{unknown_record(found[i]->record)};
        } else {
          done[i] = change_as_seen(store, catalogue, codes_, *found[i], picked[i].seen, change_);
        }
      }
      return Done{};
    });
    for (size_t i = 0; i < picked.size(); ++i) {
      tell(picked[i], found[i] ? outcome_of(codes_, *found[i], picked[i].seen, *done[i])
                               : OperationAnswer(found[i].refusal()));
    }
  }

  void tell(const Picked& picked, const OperationAnswer& outcome) {
    json::object line{{"record", picked.name}};
    if (!outcome) {
      ++left_out_;
      line["error"] = to_json(outcome.refusal());
    } else if (outcome->contains("unchanged")) {
      ++unchanged_;
      line["unchanged"] = true;
    } else {
      ++reviewed_;
      for (const char* name : {"seen", "code", "void", "withdrawn"}) {
        if (const auto* value = outcome->if_contains(name)) line[name] = *value;
      }
    }
    call_.io.line(line);
  }

  Engine& engine_;
  const OperationCall& call_;
  const RecordChange change_;
  const SeenCodes codes_;
  int64_t reviewed_ = 0, unchanged_ = 0, left_out_ = 0;
};

OperationAnswer review_many(Headquarters& headquarters, const OperationCall& call) {
  auto change = review_change(headquarters, call);
  if (!change) return change.refusal();
  return BulkReview(headquarters, call, *std::move(change)).run();
}

}  // namespace

void add_bulk_review(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add(
      {.name = "review.many",
       .right = Right::kReview,
       .writes = true,
       .help = N_("say the same of many records, each as it was seen: a line each, and a line "
                  "for each with what became of it; one that has changed since is left out"),
       .arguments = verdict_arguments(),
       .input = object({{"record", text()}, {"seen", text()}}),
       .line = object({{"record", text()},
                       sometimes("unchanged", flag()),
                       sometimes("seen", text()),
                       sometimes("code", text()),
                       sometimes("void", text()),
                       sometimes("withdrawn", text()),
                       sometimes("error", any())}),
       .answer =
           object({{"reviewed", integer()}, {"unchanged", integer()}, {"left_out", integer()}}),
       .run = run_by(headquarters, review_many)});
}

}  // namespace sitelog
