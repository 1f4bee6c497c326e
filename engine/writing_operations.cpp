// What people write: records, and what they decide about them.
#include "campaign/json_line.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_operations.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

RawInput raw_input(const json::object& fields) {
  RawInput out;
  for (const auto& [name, value] : fields) out.emplace(std::string(name), value);
  return out;
}

DetailedRefusal wrong_unit(Refusal why) {
  const Reason reason = why.reason;
  return DetailedRefusal({reason, N_("missing or wrong: {}"), {"unit"}},
                         {{"unit", std::move(why)}});
}

// The book a new record goes to: a site's own; headquarters has none and names the unit.
Answer<BookCode> book_for_new(const Engine& engine, const CampaignCatalogue& catalogue,
                              const OperationCall& call) {
  const BookCode& own = engine.identity().unit();
  // A site that has met nobody yet knows its own code, and no unit.
  const bool is_own = call.args.text("unit") == own;
  const auto asked = is_own ? Result<BookCode>(own) : unit_named(catalogue, call);
  if (!asked) return wrong_unit(asked.refusal());
  const BookCode& book = asked->empty() ? own : *asked;
  if (book.empty()) {
    return wrong_unit({Reason::kUsage,
                       N_("headquarters keeps no records of its own: name the unit that the record "
                          "is of"),
                       {}});
  }
  if (!own.empty() && book != own) {
    return wrong_unit(
        {Reason::kWrongUnit, N_("this device records for unit {}, not for {}"), {own, *asked}});
  }
  if (!lies_in(call.caller.scope, catalogue.units(), book)) {
    return wrong_unit({Reason::kNotPermitted, N_("you do not record for unit {}"), {book}});
  }
  return book;
}

OperationAnswer add_record(Engine& engine, const OperationCall& call) {
  const Author author = author_of(call, engine);
  return engine.call([&](Store& store, const CampaignCatalogue& catalogue) -> OperationAnswer {
    const auto book = book_for_new(engine, catalogue, call);
    if (!book) return book.refusal();
    return answer_of(save_record(store, catalogue, *book, call.args.text("campaign"),
                                 call.args.text("form"), raw_input(call.args.fields("fields")),
                                 author));
  });
}

// One line of a batch.
struct Line {
  int64_t number = 0;
  std::string text;
  bool too_long = false;
};

// Nothing where the value is not a line: what feeds the operation is a program.
std::optional<Line> read_line(const json::value& value) {
  const json::object* in = value.if_object();
  const json::value* number = in != nullptr ? in->if_contains("line") : nullptr;
  if (number == nullptr || !number->is_int64()) return std::nullopt;
  Line out{number->get_int64(), {}, false};
  const json::value* text = in->if_contains("text");
  const json::value* too_long = in->if_contains("too_long");
  if (text != nullptr && text->is_string()) {
    out.text = text->get_string();
  } else if (too_long != nullptr && too_long->is_bool() && too_long->get_bool()) {
    out.too_long = true;
  } else {
    return std::nullopt;
  }
  return out;
}

json::object line_error(int64_t number, const DetailedRefusal& refusal) {
  return {{"line", number}, {"error", to_json(refusal)}};
}

json::object add_line(Store& store, const CampaignCatalogue& catalogue, const BookCode& book,
                      const Arguments& args, const Line& line, const Author& author) {
  if (line.too_long || line.text.size() > kBatchLineBytesMax) {
    return line_error(line.number,
                      Refusal{Reason::kTooLarge,
                              N_("what is to be saved at once is longer than {} bytes"),
                              {std::to_string(kBatchLineBytesMax)}});
  }
  const auto parsed = parse_json_line(line.text);
  if (!parsed) return line_error(line.number, parsed.refusal());
  const auto saved = save_record(store, catalogue, book, args.text("campaign"), args.text("form"),
                                 raw_input(*parsed), author);
  if (!saved) return line_error(line.number, saved.refusal());
  if (!saved->problems.empty()) {
    return line_error(line.number, {saved->problems.front().refusal, saved->problems});
  }
  json::object out{{"line", line.number}};
  for (auto& [name, value] : saved_json(*saved)) out[name] = value;
  return out;
}

OperationAnswer add_many_records(Engine& engine, const OperationCall& call) {
  const auto book = engine.call([&](Store&, const CampaignCatalogue& catalogue) {
    return book_for_new(engine, catalogue, call);
  });
  if (!book) return book.refusal();
  int64_t saved = 0;
  int64_t refused = 0;
  for (bool more = true; more;) {
    std::vector<Line> lines;
    while (lines.size() < kLinesInOneCommit) {
      const auto input = call.io.next_input();
      if (!input) {
        more = false;
        break;
      }
      auto line = read_line(*input);
      if (!line) {
        return Refusal{
            Reason::kMalformed,
            N_("what is to be saved is given line by line, each with its number; {} were "
               "saved before this"),
            {std::to_string(saved)}};
      }
      lines.push_back(*std::move(line));
    }
    if (lines.empty()) break;
    const Author author = author_of(call, engine);
    const auto outcomes = engine.call([&](Store& store, const CampaignCatalogue& catalogue) {
      std::vector<json::object> out;
      for (const Line& line : lines) {
        out.push_back(add_line(store, catalogue, *book, call.args, line, author));
      }
      return out;
    });
    for (const json::object& outcome : outcomes) {
      (outcome.contains("error") ? refused : saved) += 1;
      call.io.line(outcome);
    }
    call.io.progress({{"saved", saved}, {"not saved", refused}});
  }
  return json::object{{"saved", saved}, {"refused", refused}};
}

OperationAnswer edit_record(Engine& engine, const OperationCall& call) {
  const Author author = author_of(call, engine);
  return change_record(
      engine, call,
      [&](Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found) {
        return save_edit(store, catalogue, found, raw_input(call.args.fields("fields")), author);
      });
}

OperationAnswer declare_void(Engine& engine, const OperationCall& call) {
  const Author author = author_of(call, engine);
  return change_record(engine, call,
                       [&](Store& store, const CampaignCatalogue&, const FoundRecord& found) {
                         return save_void(store, found, call.args.text("reason"), author);
                       });
}

OperationAnswer take_voiding_back(Engine& engine, const OperationCall& call) {
  const Author author = author_of(call, engine);
  return change_record(engine, call,
                       [&](Store& store, const CampaignCatalogue&, const FoundRecord& found) {
                         return save_unvoid(store, found, author);
                       });
}

OperationAnswer decide_conflict(Engine& engine, const OperationCall& call) {
  const Author author = author_of(call, engine);
  const Decision decision{call.args.integer("take"), call.args.text("value")};
  return change_record(
      engine, call,
      [&](Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found) {
        return save_decision(store, catalogue, found, call.args.text("field"), decision, author);
      });
}

Argument form_argument() {
  return argument::text("form", N_("the form, e.g. event"))
      .between(1, limits::kNameBytesMax)
      .needed();
}

Argument campaign_argument() {
  return argument::text("campaign", N_("the campaign, where there are several"));
}

Argument book_argument() {
  return argument::unit("unit",
                        N_("the unit that the record is of; a site records for its own only"));
}

Shape line_shape() {
  using namespace shape;
  std::vector<Member> members{{"line", integer()}};
  for (Member& member : saved_members()) {
    member.always = false;
    members.push_back(std::move(member));
  }
  members.push_back(sometimes("error", object({{"reason", text()},
                                               {"text", text()},
                                               {"args", list(text())},
                                               sometimes("problems", list(problem_shape()))})));
  return object(std::move(members));
}

void add_new_records(OperationTable& table, Engine* engine) {
  using namespace shape;
  table.add({.name = "record.add",
             .right = Right::kRecord,
             .writes = true,
             .help = N_("save a new record"),
             .arguments = {form_argument(), campaign_argument(), book_argument(),
                           argument::fields("fields", N_("the fields' values by name")),
                           person_argument(N_("who records"))},
             .answer = saved_shape(),
             .run = run_by(engine, add_record)});
  table.add({.name = "record.add_many",
             .right = Right::kRecord,
             .writes = true,
             .help = N_("save many records, given line by line; a wrong line does not hold up the "
                        "others"),
             .arguments = {form_argument(), campaign_argument(), book_argument(),
                           person_argument(N_("who records"))},
             .input = object(
                 {{"line", integer()}, sometimes("text", text()), sometimes("too_long", flag())}),
             .line = line_shape(),
             .answer = object({{"saved", integer()}, {"refused", integer()}}),
             .run = run_by(engine, add_many_records)});
}

}  // namespace

void add_writing_operations(OperationTable& table, Engine* engine) {
  add_new_records(table, engine);
  table.add({.name = "record.edit",
             .right = Right::kRecord,
             .writes = true,
             .help = N_("change fields of a record"),
             .arguments = {record_argument(),
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
       .arguments = {record_argument(),
                     argument::text("reason", N_("why")).holding(Holds::kSeveralLines).needed(),
                     person_argument(N_("who does it"))},
       .answer = saved_shape(),
       .run = run_by(engine, declare_void)});
  table.add({.name = "record.unvoid",
             .right = Right::kRecord,
             .writes = true,
             .help = N_("take an earlier voiding back"),
             .arguments = {record_argument(), person_argument(N_("who does it"))},
             .answer = saved_shape(),
             .run = run_by(engine, take_voiding_back)});
  table.add(
      {.name = "conflict.decide",
       .right = Right::kRecord,
       .writes = true,
       .help = N_("decide a conflict: take a candidate, or give the right value"),
       .arguments = {record_argument(), argument::text("field", N_("the field's name")).needed(),
                     argument::integer("take", 1, std::numeric_limits<int32_t>::max(),
                                       N_("the candidate's number, 1 for the first")),
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
