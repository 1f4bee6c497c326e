#include "engine/operation_parts.hpp"

#include "campaign/text.hpp"
#include "engine/own_place.hpp"
#include "engine/station_words.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

Person person_asking(const OperationCall& call, const Engine& engine) {
  if (call.caller.speaks) return *call.caller.speaks;
  const Caller& caller = call.caller;
  return {caller.name.empty() ? engine.identity().name : caller.name,
          caller.acts_by ? roles_with(caller, *caller.acts_by) : std::string(), caller.known_by};
}

Author author_of(const OperationCall& call, const Engine& engine) {
  Person person = person_asking(call, engine);
  if (call.caller.known_by == KnownBy::kFolder && !call.caller.speaks) {
    if (const std::string& named = call.args.text(kPersonArgument); !named.empty()) {
      person.name = named;
    }
  }
  return {std::move(person), read_clock(), today()};
}

Speaker::Speaker(Engine& engine, const OperationCall& call)
    : author_(author_of(call, engine)), caller_(call.caller) {
  if (author_.person.role.empty() || caller_.speaks || !caller_.acts_by) return;
  units_ = engine.read([&](const Queries& queries) { return engine.units(queries); });
}

Author Speaker::at(const BookCode& unit) const {
  Author out = author_;
  if (units_) out.person.role = roles_with(caller_, *caller_.acts_by, *units_, unit);
  return out;
}

RawInput raw_input(const json::object& fields) {
  RawInput out;
  for (const auto& [name, value] : fields) out.emplace(std::string(name), value);
  return out;
}

json::array problems_json(const std::vector<FieldProblem>& problems) {
  json::array out;
  for (const FieldProblem& problem : problems) out.emplace_back(to_json(problem));
  return out;
}

json::object saved_json(const Saved& saved) {
  json::object out{{"record", saved.record.hex()}};
  if (saved.written) {
    out["stream"] = to_text(saved.written->book, saved.written->stream);
    out["number"] = saved.written->number.value;
  } else if (!saved.would_be_written) {
    out["unchanged"] = true;
  }
  if (!saved.changed.empty()) {
    json::object fields;
    for (const Assignment& assignment : saved.changed) {
      fields[assignment.field] = to_json(assignment.value);
    }
    out["fields"] = std::move(fields);
  }
  if (!saved.warnings.empty()) out["warnings"] = problems_json(saved.warnings);
  if (!saved.notices.empty()) {
    json::array notices;
    for (const Refusal& notice : saved.notices) notices.emplace_back(notice_json(notice));
    out["notices"] = std::move(notices);
  }
  return out;
}

OperationAnswer answer_of(const Result<Saved>& saved) {
  if (!saved) return saved.refusal();
  if (saved->same && saved->same->voided) {
    return Refusal{Reason::kInvalidValue,
                   N_("the same was recorded at {} by {} (record {}) and is void since ({}): "
                      "nothing was saved; to record it again all the same, add --again"),
                   {local_time(saved->same->when.ms), saved->same->person,
                    saved->same->record.hex(), *saved->same->voided}};
  }
  if (saved->same && saved->same->changed) {
    return Refusal{
        Reason::kInvalidValue,
        N_("the same was recorded at {} by {} (record {}), and corrected since: nothing was saved; "
           "look at that record, and if it happened twice, add --again"),
        {local_time(saved->same->when.ms), saved->same->person, saved->same->record.hex()}};
  }
  if (saved->same) {
    return Refusal{
        Reason::kInvalidValue,
        N_("the same was recorded at {} by {} (record {}): nothing was saved; if it "
           "happened twice, add --again"),
        {local_time(saved->same->when.ms), saved->same->person, saved->same->record.hex()}};
  }
  if (saved->problems.empty()) return saved_json(*saved);
  std::string fields;
  for (const FieldProblem& problem : saved->problems) {
    if (problem.field.empty()) return problem.refusal;  // the form as a whole
    if (!fields.empty()) fields += ", ";
    fields += problem.field;
  }
  return DetailedRefusal({saved->problems.front().refusal.reason,
                          N_("nothing was saved: correct {} and try again"),
                          {fields}},
                         saved->problems);
}

DetailedRefusal refused_file(const std::vector<Refusal>& problems) {
  std::vector<FieldProblem> parts;
  for (const Refusal& problem : problems) parts.push_back({"", problem});
  return DetailedRefusal({Reason::kInvalidFile,
                          N_("{} errors: nothing of the file was taken over"),
                          {std::to_string(problems.size())}},
                         std::move(parts));
}

namespace {

constexpr size_t kUnknownNameShown = 64;

std::optional<RecordView> as_it_was_seen(const SeenCodes& codes, const std::string& given,
                                         const RecordView& now) {
  return view_seen(now, [&](const Hash& seen) { return codes.names(given, seen); });
}

OperationAnswer refuse_stale(const SeenCodes& codes, const FoundRecord& found,
                             const std::string& given, const RecordView& now) {
  const std::string id = found.record.hex();
  const auto before = as_it_was_seen(codes, given, now);
  if (!before) {
    return Refusal{Reason::kChanged,
                   N_("record {} is not what {} stands for, nor was it as far back as can be told "
                      "here: nothing was done. Such a code holds only in the data folder whose "
                      "list or show printed it: a site's and headquarters' differ. Look at the "
                      "record here"),
                   {id, given}};
  }
  return DetailedRefusal(
      {Reason::kChanged,
       N_("record {} has changed since you looked at it: nothing was done. As it is "
          "now: {}"),
       {id, id + "@" + codes.code(now.seen())}},
      changes_between(*before, now));
}

}  // namespace

std::optional<Refusal> to_be_sent_again(const Engine& engine, const Saved& saved,
                                        const std::string& code) {
  if (saved.send_again == Saved::SendAgain::kNo) return std::nullopt;
  const bool returned = saved.send_again == Saved::SendAgain::kWasReturned;
  const bool top = engine.identity().standing.is_authority();
  const std::string record = saved.record.hex();
  if (code.empty()) {
    // Nobody sends what they have not looked at.
    return Refusal{
        Reason::kNotice,
        returned ? N_("the record was returned: what is corrected is judged once it is sent again "
                      "(command line: {}, which prints the word to be sent by)")
                 : N_("the record was sent before: what was changed counts once it is sent again "
                      "(command line: {}, which prints the word to be sent by)"),
        {(top ? "sitelogd records show " : "sitelog show ") + record}};
  }
  return Refusal{
      Reason::kNotice,
      returned ? N_("the record was returned: what is corrected is judged once it is sent again "
                    "(command line: {})")
               : N_("the record was sent before: what was changed counts once it is sent again "
                    "(command line: {})"),
      {(top ? "sitelogd send " : "sitelog send ") + record + "@" + code}};
}

OperationAnswer change_record(Engine& engine, const OperationCall& call, const RecordChange& change,
                              const DoneAlready& done_already) {
  const SeenCodes codes(engine.identity().key);
  const auto given = call.args.given_text("seen");
  const auto found = engine.read([&](const Queries& queries) {
    return find_record(engine, queries, call.caller, call.args.text("record"));
  });
  if (!found) return found.refusal();
  const Reach reach(call.caller.scope, engine);
  json::object place;
  const auto done = engine.call([&](Store& store, const CampaignCatalogue& catalogue) {
    place = own_place(engine, store);
    if (!reach.covers(store, *found)) return ChangedAsSeen{unknown_record(found->record)};
    return change_as_seen(store, catalogue, codes, *found, given, change);
  });
  if (done.other && done_already) {
    const auto before = as_it_was_seen(codes, *given, *done.other);
    const bool nothing_left = before && engine.with_catalogue([&](const auto& catalogue) {
      return done_already(catalogue, *before, *done.other);
    });
    if (nothing_left) {
      const Hash seen = done.other->seen();
      return json::object{{"record", found->record.hex()},
                          {"unchanged", true},
                          {"seen", seen.hex()},
                          {"code", codes.code(seen)}};
    }
  }
  auto answer = outcome_of(codes, *found, given, done);
  if (answer) {
    const auto notice = to_be_sent_again(
        engine, *done.saved,
        answer->contains("code") ? std::string(answer->at("code").as_string()) : std::string());
    if (notice) {
      if (!answer->contains("notices")) (*answer)["notices"] = json::array{};
      answer->at("notices").as_array().emplace_back(notice_json(*notice));
    }
  }
  if (answer && answer->contains("fields")) {
    engine.read([&](const Queries& queries) {
      const KnownUnits units(engine, queries);
      name_units_said([&](const BookCode& code) { return units.name(code); }, *answer);
      return Done{};
    });
  }
  if (answer && !answer->contains("unchanged")) {
    for (auto& [name, value] : place) (*answer)[name] = value;
  }
  return answer;
}

OperationAnswer outcome_of(const SeenCodes& codes, const FoundRecord& found,
                           const std::optional<std::string>& given, const ChangedAsSeen& done) {
  if (done.other) return refuse_stale(codes, found, *given, *done.other);
  auto answer = answer_of(done.saved);
  if (answer && done.void_for) (*answer)["void"] = *done.void_for;
  if (answer && done.withdrawn) (*answer)["withdrawn"] = *done.withdrawn;
  if (answer && done.seen) {
    (*answer)["seen"] = done.seen->hex();
    (*answer)["code"] = codes.code(*done.seen);
  }
  return answer;
}

void add_code(const SeenCodes& codes, json::object& line) {
  const auto seen = Hash::parse(std::string_view(line.at("seen").as_string()));
  SITELOG_ASSERT(seen);
  line["code"] = codes.code(*seen);
}

Result<std::vector<BookCode>> units_asked(Engine& engine, const OperationCall& call) {
  const Scope& scope = call.caller.scope;
  if (call.args.text("unit").empty() && scope.everything) return std::vector<BookCode>{};
  return engine.read([&](const Queries& queries) -> Result<std::vector<BookCode>> {
    const KnownUnits units(engine, queries);
    const auto unit = unit_named(units, call);
    if (!unit) return unit.refusal();
    std::vector<BookCode> out;
    bool some = false;
    for (const BookCode& code : units.tree().all_within(*unit)) {
      if (lies_in(scope, units.tree(), code)) out.push_back(code);
      some = some || touches(scope, units.tree(), code);
    }
    if (out.empty() && some) {
      return Refusal{Reason::kNotPermitted,
                     N_("your role there holds for the records of some campaigns: this is told to "
                        "who has one for all campaigns"),
                     {}};
    }
    if (out.empty()) return nothing_told(call);
    return out;
  });
}

Result<Within> records_asked(Engine& engine, const OperationCall& call, bool alone) {
  const Scope& scope = call.caller.scope;
  if (call.args.text("unit").empty() && scope.everything) return Within{};
  return engine.read([&](const Queries& queries) -> Result<Within> {
    const KnownUnits units(engine, queries);
    const auto unit = unit_named(units, call);
    if (!unit) return unit.refusal();
    std::optional<std::vector<BookCode>> among;
    if (!unit->empty()) among = alone ? std::vector{*unit} : units.tree().all_within(*unit);
    auto within = records_told(scope, units.tree(), among);
    if (!within) return nothing_told(call);
    return *std::move(within);
  });
}

Result<BookCode> unit_named(const KnownUnits& units, const OperationCall& call) {
  const std::string& given = call.args.text("unit");
  return given.empty() ? Result<BookCode>(BookCode()) : units.find(given);
}

bool is_removed(const KnownUnits& units, const BookCode& unit) {
  const auto known = units.unit(unit);
  return known && known->removed;
}

Refusal removed_unit(const std::string& name) {
  return {Reason::kUnknownUnit,
          N_("unit {} was removed: nothing new begins in it (headquarters can add it again: "
             "sitelogd units add)"),
          {name}};
}

Refusal unknown_unit(const OperationCall& call) {
  return {Reason::kUnknownUnit,
          N_("there is no unit {}, or it is not yours to see"),
          {shortened(call.args.text("unit"), kUnknownNameShown)}};
}

Refusal nothing_told(const OperationCall& call) {
  if (!call.args.text("unit").empty()) return unknown_unit(call);
  return {Reason::kNotPermitted, N_("you have no unit whose records are told to you"), {}};
}

std::string why_void(const Queries& queries, const RecordId& record, std::string_view form) {
  const auto state = queries.record_state({BookCode(kRootBook), record, std::string(form)});
  return state ? shortened(state->text(kFieldVoid), kReasonToldMax) : std::string();
}

Refusal not_yours(const BookCode& unit) {
  return {Reason::kNotPermitted, N_("unit {} is not yours to change"), {unit}};
}

std::optional<DeviceId> held_by(const Engine& engine) {
  if (engine.identity().standing.is_authority()) return std::nullopt;
  return device_of(engine.identity().headquarters);
}

Argument record_argument() {
  return argument::record("record", N_("the record: the last digits of its id, at least four, or "
                                       "UNIT/FORM/ID"))
      .needed();
}

Argument seen_argument() {
  return argument::seen("seen", N_("what was seen of it: the code that lists and show print behind "
                                   "the @, which holds in this data folder alone, or the digest; "
                                   "refused where it has changed since"));
}

Argument person_argument(const char* help) {
  return argument::text(kPersonArgument, help).between(1, limits::kPersonBytesMax);
}

Argument only_unit_argument() {
  return argument::unit("unit", N_("only this unit and those below it"));
}

Shape problem_shape() {
  using namespace shape;
  return object(
      {sometimes("field", text()), {"reason", text()}, {"text", text()}, {"args", list(text())}});
}

std::vector<Member> saved_members() {
  using namespace shape;
  return {{"record", text()},
          sometimes("stream", text()),
          sometimes("number", integer()),
          sometimes("unchanged", flag()),
          sometimes("fields", map(any())),
          sometimes("unit_names", map(text())),
          sometimes("seen", text()),
          sometimes("code", text()),
          sometimes("void", text()),
          sometimes("withdrawn", text()),
          sometimes("warnings", list(problem_shape())),
          sometimes("notices", list(problem_shape()))};
}

Shape saved_shape() {
  std::vector<Member> members = saved_members();
  for (Member& member : own_place_members()) members.push_back(std::move(member));
  return shape::object(std::move(members));
}

}  // namespace sitelog
