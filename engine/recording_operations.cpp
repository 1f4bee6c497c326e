// New records: one, or many.
#include "engine/operation_parts.hpp"
#include "engine/own_place.hpp"
#include "engine/record_batch.hpp"
#include "engine/record_operations.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

DetailedRefusal wrong_unit(Refusal why) {
  const Reason reason = why.reason;
  return DetailedRefusal({reason, kMissingOrWrong, {"unit"}}, {{"unit", std::move(why)}});
}

// The book a new record goes to: a site's own; headquarters has none and names the unit.
Answer<BookCode> book_for_new(const Engine& engine, const KnownUnits& units,
                              const OperationCall& call) {
  const BookCode& own = engine.identity().unit();
  // A site that has met nobody yet knows its own code, and no unit.
  const bool is_own = call.args.text("unit") == own;
  const auto asked = is_own ? Result<BookCode>(own) : unit_named(units, call);
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
  if (!Reach(call.caller.scope, units).touches(book)) {
    return wrong_unit(unknown_unit(call));
  }
  // Its own devices go on: a site waits for nobody.
  if (own.empty() && is_removed(units, book)) return wrong_unit(removed_unit(units.name(book)));
  return book;
}

Answer<BookCode> book_for_new(Engine& engine, const OperationCall& call) {
  return engine.read([&](const Queries& queries) {
    return book_for_new(engine, KnownUnits(engine, queries), call);
  });
}

// The campaign to record for. Whose role at the unit holds for some campaigns only records for no
// other: for them it is settled here which one is meant.
Result<std::string> campaign_for_new(Engine& engine, const OperationCall& call,
                                     const BookCode& book) {
  const std::string& given = call.args.text("campaign");
  if (call.caller.scope.parts.empty()) return given;
  auto meant = engine.with_catalogue([&](const CampaignCatalogue& catalogue) {
    return campaign_meant(catalogue, given, call.args.text("form"));
  });
  if (!meant || Reach(call.caller.scope, engine).covers(book, *meant)) return meant;
  return Refusal{Reason::kNotPermitted,
                 N_("your role at this unit holds for other campaigns, not for {}"),
                 {*meant}};
}

// One by itself is compared with what was recorded within a day: a button pressed twice, two of a
// crew. A file is compared with all.
constexpr int64_t kTwiceWithinMs = 24 * 3600 * 1000;

OperationAnswer add_record(Engine& engine, const OperationCall& call) {
  const auto book = book_for_new(engine, call);
  if (!book) return book.refusal();
  const Author author = Speaker(engine, call).at(*book);
  const auto campaign = campaign_for_new(engine, call, *book);
  if (!campaign) return campaign.refusal();
  return engine.call([&](Store& store, const CampaignCatalogue& catalogue) -> OperationAnswer {
    const auto& unit = engine.last_unit().find(store, *book);
    const NewRecord record{*campaign,
                           call.args.text("form"),
                           raw_input(call.args.fields("fields")),
                           {},
                           name_or_code(unit, *book)};
    RecordedBefore before(*book, engine.recent_marks(), {author.clock.wall.ms - kTwiceWithinMs});
    auto answer = answer_of(save_record(store, catalogue, *book, record, author,
                                        call.args.flag("again") ? nullptr : &before));
    if (answer) {
      // A site records for its own unit alone.
      for (auto& [name, value] : own_place(engine, store, unit)) (*answer)[name] = value;
    }
    return answer;
  });
}

OperationAnswer add_many_records(Engine& engine, const OperationCall& call) {
  const auto book = book_for_new(engine, call);
  if (!book) return book.refusal();
  const auto campaign = campaign_for_new(engine, call, *book);
  if (!campaign) return campaign.refusal();
  return save_batch(engine, call, *book, *campaign);
}

Argument form_argument() {
  return argument::text("form", N_("the form, by its key or name"))
      .between(1, limits::kNameBytesMax)
      .needed();
}

Argument campaign_argument() {
  return argument::text("campaign", N_("the campaign, where several have the form"));
}

Argument book_argument() {
  return argument::unit("unit",
                        N_("the unit that the record is of; a site records for its own only"));
}

Argument again_argument() {
  return argument::flag("again", N_("save also what was recorded already: it happened twice"));
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
  members.push_back(sometimes("same", object({{"record", text()},
                                              {"person", text()},
                                              {"wall", integer()},
                                              sometimes("void", text()),
                                              sometimes("as_line", integer()),
                                              sometimes("explained", list(text())),
                                              sometimes("explained_otherwise", list(text())),
                                              sometimes("changed", flag())})));
  members.push_back(sometimes("totals", flag()));
  members.push_back(sometimes("ignored", list(text())));
  members.push_back(sometimes("explanation_unused", text()));
  return object(std::move(members));
}

}  // namespace

void add_recording_operations(OperationTable& table, Engine* engine) {
  using namespace shape;
  table.add({.name = "record.add",
             .right = Right::kRecord,
             .writes = true,
             .help = N_("save a new record"),
             .arguments = {form_argument(), campaign_argument(), book_argument(),
                           argument::fields("fields", N_("the fields' values by name")),
                           again_argument(), person_argument(N_("who records"))},
             .answer = saved_shape(),
             .run = run_by(engine, add_record)});
  std::vector<Member> file{{"saved", integer()},
                           {"refused", integer()},
                           {"same", integer()},
                           {"passed", integer()},
                           sometimes("held_back", integer())};
  for (Member& member : own_place_members()) file.push_back(std::move(member));
  table.add(
      {.name = "record.add_many",
       .right = Right::kRecord,
       .writes = true,
       .help = N_("save many records, given line by line; a wrong line does not hold up the "
                  "others"),
       .arguments = {form_argument(), campaign_argument(), book_argument(), again_argument(),
                     argument::flag("ignore_columns",
                                    N_("leave out the columns of a sheet that the form does not "
                                       "know")),
                     argument::flag("all_or_nothing",
                                    N_("save nothing at all where one line is wrong")),
                     person_argument(N_("who records"))},
       .input = object({{"line", integer()},
                        sometimes("text", text()),
                        sometimes("cells", list(text())),
                        sometimes("too_long", flag())}),
       .line = line_shape(),
       .answer = object(std::move(file)),
       .run = run_by(engine, add_many_records)});
}

}  // namespace sitelog
