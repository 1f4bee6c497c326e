// Reviewing what the sites recorded.
#include "campaign/text.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "engine/reviewing.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr ReviewVerdict kVerdicts[] = {ReviewVerdict::kAccepted, ReviewVerdict::kReturned,
                                       ReviewVerdict::kRefused};

std::vector<std::string> verdict_names() {
  std::vector<std::string> out;
  for (const ReviewVerdict verdict : kVerdicts) out.emplace_back(name_of(verdict));
  return out;
}

// The remarks on single fields; all that are no texts are refused.
Answer<std::map<std::string, std::string>> field_remarks(const json::object& given) {
  std::map<std::string, std::string> out;
  std::vector<FieldProblem> problems;
  for (const auto& [field, remark] : given) {
    const char* fault = remark.is_string() ? fault_of(remark.get_string(), Lines::kSeveral)
                                           : N_("this must be a text");
    if (fault == nullptr) {
      out[std::string(field)] = with_line_feeds(remark.get_string());
    } else {
      problems.push_back({shortened(field, 64), {Reason::kUsage, fault, {}}});
    }
  }
  if (problems.empty()) return out;
  return DetailedRefusal({Reason::kUsage, kMissingOrWrong, {"fields"}}, std::move(problems));
}

}  // namespace

Answer<RecordChange> review_change(Headquarters& headquarters, const OperationCall& call,
                                   const VerdictScope& scope) {
  GivenVerdict given{.verdict = *parse_verdict(call.args.text("verdict")),
                     .remark = call.args.text("remark"),
                     .station = call.args.text("station"),
                     .instead_of = call.args.text("for"),
                     .reason = call.args.text("reason"),
                     .also_unsent = scope.also_unsent,
                     .preview = scope.preview};
  // Without a year it is the next such day: nothing is to be corrected by one that has gone.
  if (const auto day = call.args.date("due")) {
    const auto due = next_day(*day, today());
    SITELOG_ASSERT(due);
    given.due = due->text();
  }
  auto remarks = field_remarks(call.args.fields("fields"));
  if (!remarks) return remarks.refusal();
  given.field_remarks = *std::move(remarks);
  if (call.args.has("accepts")) given.accepts = call.args.texts("accepts");
  for (const auto& [field, remark] : given.field_remarks) {
    if (!is_blank(remark)) continue;
    return Refusal{
        Reason::kInvalidValue,
        N_("the remark on {} says nothing: leave it out, or say what is to be corrected"),
        {shortened(field, 64)}};
  }
  const bool says_why = !is_blank(given.remark) || !given.field_remarks.empty();
  if (given.verdict != ReviewVerdict::kAccepted && !says_why) {
    return Refusal{Reason::kInvalidValue,
                   N_("say why: give a remark, or remarks on single fields (command line: --remark "
                      "TEXT, --field NAME=REMARK)"),
                   {}};
  }
  const Speaker speaker(*headquarters.engine, call);
  auto chairs = std::make_shared<const Chairs>(call.caller, *headquarters.engine);
  return RecordChange([given, speaker, chairs](Store& store, const CampaignCatalogue& catalogue,
                                               const FoundRecord& found, Looked) {
    return save_review(store, catalogue, found, given, *chairs, speaker.at(found.unit));
  });
}

std::vector<Argument> verdict_arguments() {
  return {argument::choice("verdict", verdict_names(),
                           N_("what is thought of it; returned and refused need a remark"))
              .needed(),
          argument::text("remark", N_("what the site is to know")).holding(Holds::kSeveralLines),
          argument::fields("fields", N_("remarks on single fields, by name")),
          argument::date("due", N_("until when it is to be corrected: 2020-12-05, or 12月5日 for "
                                   "the next one")),
          argument::texts("accepts", N_("of what was sent to stations: the fields whose "
                                        "explanations are accepted; all of them where not given")),
          argument::text("station", N_("the role as which you speak, where several of the stations "
                                       "it was sent to are yours")),
          argument::text("for", N_("the role whose chair is empty, where you act for it; needs a "
                                   "reason")),
          argument::text("reason", N_("why you act for an empty chair")),
          person_argument(N_("who reviews"))};
}

namespace {

OperationAnswer take_review(Headquarters& headquarters, const OperationCall& call) {
  const auto change = review_change(headquarters, call, {});
  if (!change) return change.refusal();
  return change_record(*headquarters.engine, call, *change);
}

OperationAnswer take_back_review(Headquarters& headquarters, const OperationCall& call) {
  Engine& engine = *headquarters.engine;
  const Speaker speaker(engine, call);
  const Chairs chairs(call.caller, engine);
  return change_record(
      engine, call,
      [&](Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found, Looked) {
        return save_taken_back(store, catalogue, found, call.args.text("station"), chairs,
                               speaker.at(found.unit));
      });
}

}  // namespace

void add_review_operations(OperationTable& table, Headquarters* headquarters) {
  std::vector<Argument> arguments{record_argument(), seen_argument().needed()};
  for (Argument& each : verdict_arguments()) arguments.push_back(std::move(each));
  table.add({.name = "record.review",
             .right = Right::kReview,
             .writes = true,
             .help = N_("say what is thought of a record at the station where you sit"),
             .arguments = std::move(arguments),
             .answer = saved_shape(),
             .run = run_by(headquarters, take_review)});
  table.add(
      {.name = "review.undo",
       .right = Right::kReview,
       .writes = true,
       .help = N_("take one's own last verdict back, as long as nobody built on it; the "
                  "record waits at that station again"),
       .arguments = {record_argument(), seen_argument().needed(),
                     argument::text("station", N_("the role as which you spoke, where several "
                                                  "of its stations are yours")),
                     person_argument(N_("who takes it back"))},
       .answer = saved_shape(),
       .run = run_by(headquarters, take_back_review)});
  add_bulk_review(table, headquarters);
}

}  // namespace sitelog
