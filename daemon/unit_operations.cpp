// Units and their policies.
#include "daemon/headquarters.hpp"
#include "engine/record_operations.hpp"
#include "engine/status.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

Result<json::object> problems_of(const std::vector<Refusal>& problems, OperationIo& io) {
  for (const Refusal& problem : problems) io.line({{"problem", to_json(problem)}});
  return Refusal{
      Reason::kInvalidFile,
      N_("{} errors, listed above: nothing was published; correct the file and try again"),
      {std::to_string(problems.size())}};
}

Result<json::object> import(Headquarters& headquarters, const json::object& args, OperationIo& io) {
  const auto units = parse_units_csv(text_arg(args, "content"), text_arg(args, "file"));
  if (!units) return problems_of(units.problems, io);
  const Author author = author_of(args, *headquarters.engine);
  struct Outcome {
    int64_t added = 0;
    int64_t changed = 0;
    int64_t not_in_file = 0;
  };
  const auto outcome = headquarters.engine->call(
      [&](Store& store, const CampaignCatalogue& catalogue) -> Result<Outcome> {
        Outcome out;
        const BookCode root(kRootBook);
        const std::string form(kFormUnit);
        std::set<BookCode> in_file;
        for (const Unit& unit : *units) in_file.insert(unit.code);
        for (const BookCode& known : catalogue.units().all_within("")) {
          if (!in_file.contains(known)) ++out.not_in_file;
        }
        for (const Unit& unit : *units) {
          const RecordId record = unit_record(unit.code);
          const auto known = store.state(root, record, form);
          const Entry entry = compose(known ? &*known : nullptr, record, form, unit_fields(unit));
          const auto written = store.write(root, entry, author.clock, author.person);
          if (!written) return written.refusal();
          if (*written) ++(known ? out.changed : out.added);
          store.take_on({unit.code});
        }
        return out;
      });
  if (!outcome) return outcome.refusal();
  return json::object{{"units", (*units).size()},
                      {"added", outcome->added},
                      {"changed", outcome->changed},
                      {"not_in_file", outcome->not_in_file}};
}

json::object unit_line(const Unit& unit) {
  return {{"code", unit.code},
          {"name", unit.name},
          {"parent", unit.parent},
          {"kind", unit.kind},
          {"level", unit.level}};
}

Result<json::object> list(Headquarters& headquarters, OperationIo& io) {
  const auto lines = headquarters.engine->call([](Store&, const CampaignCatalogue& catalogue) {
    std::vector<json::object> out;
    const UnitTree& tree = catalogue.units();
    for (const BookCode& code : tree.all_within("")) {
      json::object line = unit_line(*tree.unit(code));
      line["depth"] = tree.ancestors(code).size();
      out.push_back(std::move(line));
    }
    return out;
  });
  for (const auto& line : lines) io.line(line);
  return json::object{{"units", lines.size()}};
}

Result<json::object> set_policy(Headquarters& headquarters, const json::object& args) {
  const BookCode unit = text_arg(args, "unit");
  const std::string field = text_arg(args, "field").empty() ? "*" : text_arg(args, "field");
  const std::string policy = text_arg(args, "policy");
  const auto parsed = parse_policy(policy);
  if (!parsed || follows_from_type(*parsed)) {
    return Refusal{
        Reason::kInvalidValue,
        N_("there is no policy {}; a unit's policy is latest, site, headquarters or ask"),
        {policy}};
  }
  const Author author = author_of(args, *headquarters.engine);
  return headquarters.engine->call([&](Store& store,
                                       const CampaignCatalogue& catalogue) -> Result<json::object> {
    if (catalogue.units().unit(unit) == nullptr) {
      return Refusal{Reason::kUnknownUnit, N_("there is no unit {}"), {unit}};
    }
    bool known_field = field == "*";
    for (const Definition* definition : catalogue.campaigns()) {
      for (const Form& form : definition->forms) {
        known_field = known_field || form.field(field) != nullptr;
      }
    }
    if (!known_field) {
      return Refusal{Reason::kUnknownField, N_("no campaign's form has a field {}"), {field}};
    }
    const RecordId record = policy_record(unit);
    const std::string form(kFormPolicy);
    const auto known = store.state(unit, record, form);
    const Entry entry = compose(known ? &*known : nullptr, record, form, {{field, Value(policy)}});
    const auto written = store.write(unit, entry, author.clock, author.person);
    if (!written) return written.refusal();
    return json::object{{"unit", unit}, {"field", field}, {"policy", policy}};
  });
}

Result<json::object> list_policies(Headquarters& headquarters, const json::object& args,
                                   OperationIo& io) {
  const auto units = units_arg(*headquarters.engine, args);
  if (!units) return units.refusal();
  RecordFilter filter;
  filter.units = *units;
  filter.form = std::string(kFormPolicy);
  headquarters.engine->read([&](const Queries& queries) {
    queries.list_records(filter, std::nullopt, [&](json::object line) {
      io.line({{"unit", line["unit"]}, {"policies", line["fields"]}});
    });
    return Done{};
  });
  return json::object{};
}

Result<json::object> status(Headquarters& headquarters) {
  Engine& engine = *headquarters.engine;
  const auto names = engine.call([](Store&, const CampaignCatalogue& catalogue) {
    std::map<BookCode, std::string> out;
    for (const BookCode& code : catalogue.units().all_within("")) {
      out[code] = catalogue.units().name(code);
    }
    return out;
  });
  return engine.read([&](const Queries& queries) -> Result<json::object> {
    std::map<BookCode, json::array> devices;
    queries.list_devices({}, [&](json::object line) {
      devices[text_arg(line, "unit")].emplace_back(std::move(line));
    });
    json::object out{{"device", engine.identity().device().hex()},
                     {"name", engine.identity().name}};
    if (auto rules = to_json(queries.rules())) out["rules"] = std::move(*rules);
    json::array units;
    for (BookStatus& book : queries.status(engine.identity().device(), std::nullopt)) {
      book.held = book.own;  // what headquarters wrote is with headquarters
      json::object line{{"unit", book.unit}};
      if (const auto name = names.find(book.unit); name != names.end()) line["name"] = name->second;
      for (auto& [key, value] : to_json(book)) line[key] = value;
      if (book.unit == kRootBook) {
        out["common"] = std::move(line);
        continue;
      }
      line["devices"] = std::move(devices[book.unit]);
      units.emplace_back(std::move(line));
    }
    out["units"] = std::move(units);
    return out;
  });
}

}  // namespace

void add_unit_operations(Operations& operations, Headquarters& headquarters) {
  operations["units.import"] = [&](const json::object& args, OperationIo& io) {
    return import(headquarters, args, io);
  };
  operations["units.list"] = [&](const json::object&, OperationIo& io) {
    return list(headquarters, io);
  };
  operations["policy.set"] = [&](const json::object& args, OperationIo&) {
    return set_policy(headquarters, args);
  };
  operations["policy.list"] = [&](const json::object& args, OperationIo& io) {
    return list_policies(headquarters, args, io);
  };
  operations["status"] = [&](const json::object&, OperationIo&) { return status(headquarters); };
}

}  // namespace sitelog
