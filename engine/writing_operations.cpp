// What people change of records, and what they decide about them.
#include "engine/operation_parts.hpp"
#include "engine/record_operations.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

OperationAnswer edit_record(Engine& engine, const OperationCall& call) {
  const Author author = author_of(call, engine);
  return change_record(engine, call,
                       [&](Store& store, const CampaignCatalogue& catalogue,
                           const FoundRecord& found, Looked looked) {
                         return save_edit(store, catalogue, found,
                                          raw_input(call.args.fields("fields")), author,
                                          looked == Looked::kYes);
                       });
}

OperationAnswer declare_void(Engine& engine, const OperationCall& call) {
  const Author author = author_of(call, engine);
  return change_record(
      engine, call,
      [&](Store& store, const CampaignCatalogue&, const FoundRecord& found, Looked looked) {
        return save_void(store, found, call.args.text("reason"), author, looked == Looked::kYes);
      });
}

OperationAnswer take_voiding_back(Engine& engine, const OperationCall& call) {
  const Author author = author_of(call, engine);
  return change_record(
      engine, call,
      [&](Store& store, const CampaignCatalogue&, const FoundRecord& found, Looked looked) {
        return save_unvoid(store, found, author, looked == Looked::kYes);
      });
}

OperationAnswer decide_conflict(Engine& engine, const OperationCall& call) {
  const Author author = author_of(call, engine);
  const Decision decision{call.args.given_text("take"), call.args.text("value")};
  return change_record(
      engine, call,
      [&](Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found, Looked) {
        return save_decision(store, catalogue, found, call.args.text("field"), decision, author);
      });
}

}  // namespace

void add_writing_operations(OperationTable& table, Engine* engine) {
  table.add({.name = "record.edit",
             .right = Right::kRecord,
             .writes = true,
             .help = N_("change fields of a record"),
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
