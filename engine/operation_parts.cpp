#include "engine/operation_parts.hpp"

#include <set>

#include "campaign/names.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

Refusal unknown_record(const std::string& id_part) {
  return {Reason::kUnknownRecord, N_("there is no record {}"), {id_part}};
}

}  // namespace

Author author_of(const OperationCall& call, const Engine& engine) {
  std::string person = call.caller.name;
  if (call.caller.known_by == KnownBy::kFolder) person = call.args.text("person");
  if (person.empty()) person = engine.identity().name;
  return {std::move(person), read_clock(), today()};
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
  } else {
    out["unchanged"] = true;
  }
  if (!saved.warnings.empty()) out["warnings"] = problems_json(saved.warnings);
  return out;
}

OperationAnswer answer_of(const Result<Saved>& saved) {
  if (!saved) return saved.refusal();
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
  return DetailedRefusal(
      {Reason::kInvalidFile,
       N_("{} errors, listed above: nothing was published; correct the file and try again"),
       {std::to_string(problems.size())}},
      std::move(parts));
}

Result<FoundRecord> find_record(Store& store, const CampaignCatalogue& catalogue,
                                const OperationCall& call) {
  const std::string& id_part = call.args.text("record");
  auto found = store.queries().find_record(id_part);
  if (found && !lies_in(call.caller.scope, catalogue.units(), found->unit)) {
    return unknown_record(id_part);
  }
  return found;
}

Result<FoundRecord> find_record(Engine& engine, const Queries& queries, const Caller& caller,
                                const std::string& id_part) {
  auto found = queries.find_record(id_part);
  if (!found || caller.scope.everything) return found;
  const bool told = engine.call([&](Store&, const CampaignCatalogue& catalogue) {
    return lies_in(caller.scope, catalogue.units(), found->unit);
  });
  if (!told) return unknown_record(id_part);
  return found;
}

OperationAnswer change_record(Engine& engine, const OperationCall& call,
                              const std::function<Result<Saved>(Store&, const CampaignCatalogue&,
                                                                const FoundRecord&)>& change) {
  const auto saved = engine.call([&](Store& store, const CampaignCatalogue& catalogue) {
    const auto found = find_record(store, catalogue, call);
    return found ? change(store, catalogue, *found) : Result<Saved>(found.refusal());
  });
  return answer_of(saved);
}

Result<std::vector<BookCode>> units_asked(Engine& engine, const OperationCall& call) {
  const Scope& scope = call.caller.scope;
  if (call.args.text("unit").empty() && scope.everything) return std::vector<BookCode>{};
  return engine.call(
      [&](Store&, const CampaignCatalogue& catalogue) -> Result<std::vector<BookCode>> {
        const UnitTree& tree = catalogue.units();
        const auto unit = unit_named(catalogue, call);
        if (!unit) return unit.refusal();
        std::vector<BookCode> out;
        for (const BookCode& code : tree.all_within(*unit)) {
          if (lies_in(scope, tree, code)) out.push_back(code);
        }
        if (out.empty()) {
          return Refusal{Reason::kNotPermitted, N_("nothing of unit {} is told to you"), {*unit}};
        }
        return out;
      });
}

Result<BookCode> unit_named(const CampaignCatalogue& catalogue, const OperationCall& call) {
  const std::string& given = call.args.text("unit");
  return given.empty() ? Result<BookCode>(BookCode()) : find_unit(catalogue.units(), given);
}

Refusal not_yours(const BookCode& unit) {
  return {Reason::kNotPermitted, N_("unit {} is not yours to change"), {unit}};
}

std::optional<DeviceId> held_by(const Engine& engine) {
  if (engine.identity().standing.is_authority()) return std::nullopt;
  return device_of(engine.identity().headquarters);
}

Argument record_argument() {
  return argument::record("record", N_("the record's id, or its first or last digits")).needed();
}

Argument person_argument(const char* help) {
  return argument::text("person", help).between(1, limits::kPersonBytesMax);
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
          sometimes("warnings", list(problem_shape()))};
}

Shape saved_shape() {
  return shape::object(saved_members());
}

}  // namespace sitelog
