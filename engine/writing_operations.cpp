// What people change of records, and what they decide about them.
#include "engine/operation_parts.hpp"
#include "engine/record_operations.hpp"
#include "engine/reviewing.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

OperationAnswer edit_record(Engine& engine, const OperationCall& call) {
  const Speaker speaker(engine, call);
  return change_record(engine, call,
                       [&](Store& store, const CampaignCatalogue& catalogue,
                           const FoundRecord& found, Looked looked) {
                         return save_edit(store, catalogue, found,
                                          raw_input(call.args.fields("fields")),
                                          speaker.at(found.unit), looked == Looked::kYes);
                       });
}

// Who speaks for headquarters of a record, and who keeps a unit's records by an account there.
class Voice {
 public:
  Voice(Engine& engine, const OperationCall& call) : speaker_(engine, call) {
    if (call.caller.known_by != KnownBy::kFolder) chairs_.emplace(call.caller, engine);
  }
  // In a transaction.
  Author about(Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found) const {
    Author out = speaker_.at(found.unit);
    const auto state = store.state(found.unit, found.record, found.form);
    out.for_headquarters = !chairs_ || (state && chairs_->at_top(catalogue, *state, found.unit));
    return out;
  }

 private:
  Speaker speaker_;
  std::optional<Chairs> chairs_;
};

OperationAnswer declare_void(Engine& engine, const OperationCall& call) {
  const Voice voice(engine, call);
  return change_record(engine, call,
                       [&](Store& store, const CampaignCatalogue& catalogue,
                           const FoundRecord& found, Looked looked) {
                         return save_void(store, found, call.args.text("reason"),
                                          voice.about(store, catalogue, found),
                                          looked == Looked::kYes);
                       });
}

OperationAnswer take_voiding_back(Engine& engine, const OperationCall& call) {
  const Voice voice(engine, call);
  return change_record(engine, call,
                       [&](Store& store, const CampaignCatalogue& catalogue,
                           const FoundRecord& found, Looked looked) {
                         return save_unvoid(store, found, voice.about(store, catalogue, found),
                                            looked == Looked::kYes);
                       });
}

OperationAnswer send_record(Engine& engine, const OperationCall& call) {
  const Speaker speaker(engine, call);
  const auto units =
      engine.read([&](const Queries& queries) { return KnownUnits(engine, queries).shared(); });
  return change_record(
      engine, call,
      [&](Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found, Looked) {
        return save_sent(store, catalogue, found, *units, speaker.at(found.unit));
      },
      [&units](const CampaignCatalogue& catalogue, const RecordView& before,
               const RecordView& now) { return was_just_sent(catalogue, *units, before, now); });
}

// What stations say of a record at once is chosen from by who sits there, and by nobody who merely
// records.
bool may_choose(const Chairs& chairs, const CampaignCatalogue& catalogue, const RecordState& state,
                const BookCode& unit, const std::string& field) {
  for (const StationSaid& each : state.stations()) {
    if (field == station_field(each.station.role)) {
      return chairs.at(each.station, catalogue, state, unit);
    }
  }
  return chairs.at_top(catalogue, state, unit);
}

OperationAnswer decide_conflict(Engine& engine, const OperationCall& call) {
  const Voice voice(engine, call);
  const Reach reach(call.caller.scope, engine);
  const Decision decision{call.args.given_text("take"), call.args.text("value"),
                          [&](const BookCode& unit, const std::string& campaign) {
                            return reach.covers(unit, campaign);
                          }};
  const std::string& field = call.args.text("field");
  std::optional<Chairs> chairs;
  if (field.starts_with(kFieldReview)) chairs.emplace(call.caller, engine);
  return change_record(
      engine, call,
      [&](Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found,
          Looked) -> Result<Saved> {
        const auto state = store.state(found.unit, found.record, found.form);
        if (chairs && state && !may_choose(*chairs, catalogue, *state, found.unit, field)) {
          return Refusal{Reason::kNotPermitted, N_("reviewing is headquarters'"), {}};
        }
        return save_decision(store, catalogue, found, field, decision,
                             voice.about(store, catalogue, found));
      });
}

OperationAnswer undo_change(Engine& engine, const OperationCall& call) {
  const Voice voice(engine, call);
  const Reach reach(call.caller.scope, engine);
  const UndoneEntry undone{call.args.text("entry"),
                           [&](const BookCode& unit, const std::string& campaign) {
                             return reach.covers(unit, campaign);
                           }};
  return change_record(
      engine, call,
      [&](Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found, Looked) {
        return save_undone(store, catalogue, found, undone, voice.about(store, catalogue, found));
      });
}

}  // namespace

void add_writing_operations(OperationTable& table, Engine* engine) {
  table.add({.name = "record.edit",
             .right = Right::kRecord,
             .writes = true,
             .help = N_("change fields of a record; its unit, form and campaign stay: for another "
                        "one it is recorded anew, and declared void here"),
             .arguments = {record_argument(), seen_argument(),
                           argument::fields("fields",
                                            N_("the new values by name; a blank one empties the "
                                               "field"))
                               .between(1, limits::kAssignmentsMax)
                               .needed(),
                           person_argument(N_("who makes the change"))},
             .answer = saved_shape(),
             .run = run_by(engine, edit_record)});
  table.add(
      {.name = "record.void",
       .right = Right::kRecord,
       .writes = true,
       .help = N_("declare a record void; it stays, but doesn't count"),
       .arguments = {record_argument(), seen_argument(),
                     argument::text("reason", N_("why")).holding(Holds::kSeveralLines).needed(),
                     person_argument(N_("who does it"))},
       .answer = saved_shape(),
       .run = run_by(engine, declare_void)});
  table.add({.name = "record.unvoid",
             .right = Right::kRecord,
             .writes = true,
             .help = N_("take an earlier voiding back"),
             .arguments = {record_argument(), seen_argument(), person_argument(N_("who does it"))},
             .answer = saved_shape(),
             .run = run_by(engine, take_voiding_back)});
  table.add(
      {.name = "record.undo",
       .right = Right::kRecord,
       .writes = true,
       .help = N_("take one's own change of a record back, as long as nobody built on it"),
       .arguments = {record_argument(), seen_argument().needed(),
                     argument::text("entry", N_("the change's entry, or its first digits, at least "
                                                "four; one's last change where not given"))
                         .between(4, 2 * EntryName::kSize),
                     person_argument(N_("who takes it back"))},
       .answer = saved_shape(),
       .run = run_by(engine, undo_change)});
  table.add({.name = "record.send",
             .right = Right::kRecord,
             .writes = true,
             .help = N_("send a record, as it was seen, to the stations that are to judge it"),
             .arguments = {record_argument(), seen_argument().needed(),
                           person_argument(N_("who sends it"))},
             .answer = saved_shape(),
             .run = run_by(engine, send_record)});
  table.add(
      {.name = "conflict.decide",
       .right = Right::kRecord,
       .writes = true,
       .help = N_("decide a conflict: take a candidate, or give the right value"),
       .arguments = {record_argument(), seen_argument().needed(),
                     argument::text("field", N_("the field's name")).needed(),
                     argument::text("take", N_("the candidate's entry, or its first digits, at "
                                               "least four"))
                         .between(4, 2 * EntryName::kSize),
                     argument::text("value", N_("another value; a blank one empties the "
                                                "field"))
                         .between(0, kTextArgumentBytesMax)
                         .holding(Holds::kSeveralLines),
                     person_argument(N_("who decides"))},
       .one_of = {{"take", "value"}},
       .answer = saved_shape(),
       .run = run_by(engine, decide_conflict)});
}

}  // namespace sitelog
