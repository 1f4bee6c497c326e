#include "engine/record_operations.hpp"

#include "campaign/banner.hpp"
#include "sync/store/verify.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kLinesInOneCommit = 500;

RawInput raw_input(const json::object& fields) {
  RawInput out;
  for (const auto& [name, value] : fields) out.emplace(std::string(name), value);
  return out;
}

const json::object& object_arg(const json::object& args, std::string_view name) {
  static const json::object none;
  const auto* value = args.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : none;
}

std::optional<DeviceId> held_by(const Engine& engine) {
  if (engine.identity().standing.is_authority()) return std::nullopt;
  return device_of(engine.identity().headquarters);
}

json::array problem_list(const std::vector<FieldProblem>& problems) {
  json::array out;
  for (const FieldProblem& problem : problems) out.emplace_back(to_json(problem));
  return out;
}

json::object saved_line(const Saved& saved) {
  json::object out{{"record", saved.record.hex()}};
  if (saved.written) {
    out["stream"] = to_text(saved.written->book, saved.written->stream);
    out["number"] = saved.written->number.value;
  } else {
    out["unchanged"] = true;
  }
  if (!saved.warnings.empty()) out["warnings"] = problem_list(saved.warnings);
  return out;
}

// One line of a batch, and what became of it.
struct Line {
  int64_t number = 0;
  std::string text;
  bool too_long = false;
};

json::object line_error(int64_t number, const Refusal& refusal,
                        const std::vector<FieldProblem>& problems) {
  json::object error = to_json(refusal);
  if (!problems.empty()) error["problems"] = problem_list(problems);
  return {{"line", number}, {"error", std::move(error)}};
}

json::object add_line(Store& store, const CampaignCatalogue& catalogue, const BookCode& book,
                      const json::object& args, const Line& line, const Author& author) {
  if (line.too_long) {
    return line_error(line.number,
                      {Reason::kTooLarge,
                       N_("what is to be saved at once is longer than {} bytes"),
                       {std::to_string(kBatchLineBytesMax)}},
                      {});
  }
  boost::system::error_code error;
  const json::value parsed = json::parse(line.text, error);
  if (error || !parsed.is_object()) {
    return line_error(line.number, {Reason::kMalformed, N_("the line is not a JSON object"), {}},
                      {});
  }
  const auto saved = save_record(store, catalogue, book, text_arg(args, "campaign"),
                                 text_arg(args, "form"), raw_input(parsed.get_object()), author);
  if (!saved) return line_error(line.number, saved.refusal(), {});
  if (!saved->problems.empty()) {
    return line_error(line.number, saved->problems.front().refusal, saved->problems);
  }
  json::object out{{"line", line.number}};
  for (auto& [name, value] : saved_line(*saved)) out[name] = value;
  return out;
}

Result<json::object> add_many(Engine& engine, const json::object& args, OperationIo& io) {
  int64_t saved = 0;
  int64_t refused = 0;
  for (bool more = true; more;) {
    std::vector<Line> lines;
    while (lines.size() < kLinesInOneCommit) {
      const auto input = io.next_input();
      if (!input) {
        more = false;
        break;
      }
      if (!input->is_object()) continue;
      const json::object& in = input->get_object();
      lines.push_back(
          {number_arg(in, "line").value_or(0), text_arg(in, "text"), flag_arg(in, "too_long")});
    }
    if (lines.empty()) break;
    const Author author = author_of(args, engine);
    const BookCode& book = engine.identity().unit();
    const auto outcomes = engine.call([&](Store& store, const CampaignCatalogue& catalogue) {
      std::vector<json::object> out;
      for (const Line& line : lines) {
        out.push_back(add_line(store, catalogue, book, args, line, author));
      }
      return out;
    });
    for (const json::object& outcome : outcomes) {
      (outcome.contains("error") ? refused : saved) += 1;
      io.line(outcome);
    }
    io.progress({{"saved", saved}, {"not saved", refused}});
  }
  return json::object{{"saved", saved}, {"refused", refused}};
}

Result<json::object> list(Engine& engine, const json::object& args, OperationIo& io) {
  const auto units = units_arg(engine, args);
  if (!units) return units.refusal();
  RecordFilter filter;
  filter.units = *units;
  filter.form = text_arg(args, "form");
  filter.campaign = text_arg(args, "campaign");
  filter.review = text_arg(args, "review");
  filter.in_conflict = flag_arg(args, "conflicts");
  filter.limit = number_arg(args, "limit").value_or(-1);
  const std::string after = text_arg(args, "after");
  return engine.read([&](const Queries& queries) -> Result<json::object> {
    if (!after.empty()) {
      const auto found = queries.find_record(after);
      if (!found) return found.refusal();
      filter.after = found->record;
    }
    int64_t count = 0;
    queries.list_records(filter, held_by(engine), [&](json::object line) {
      ++count;
      io.line(line);
    });
    return json::object{{"records", count}};
  });
}

Result<json::object> show(Engine& engine, const json::object& args, OperationIo& io) {
  return engine.read([&](const Queries& queries) -> Result<json::object> {
    const auto found = queries.find_record(text_arg(args, "record"));
    if (!found) return found.refusal();
    io.line(
        queries.show_record(*found, device_of(engine.identity().headquarters), held_by(engine)));
    return json::object{};
  });
}

Result<json::object> list_campaigns(Engine& engine, OperationIo& io) {
  const BookCode& unit = engine.identity().unit();
  const auto lines = engine.call([&unit](Store&, const CampaignCatalogue& catalogue) {
    std::vector<json::object> out;
    const std::string unit_name = unit.empty() ? std::string() : catalogue.units().name(unit);
    for (const Definition* definition : catalogue.campaigns()) {
      json::array kinds, forms, deadlines;
      for (const Choice& kind : definition->kinds) {
        kinds.emplace_back(
            json::object{{"kind", kind.key}, {"zh", kind.label.zh}, {"en", kind.label.en}});
      }
      for (const Form& form : definition->forms) {
        json::array fields;
        for (const Field& field : form.fields) {
          json::object line{{"name", field.name},
                            {"type", name_of(field.type)},
                            {"zh", field.label.zh},
                            {"en", field.label.en},
                            {"required", field.required}};
          if (const Vocabulary* choices = definition->vocabulary(field.vocabulary)) {
            json::array keys;
            for (const Choice& choice : *choices) {
              keys.emplace_back(json::object{
                  {"value", choice.key}, {"zh", choice.label.zh}, {"en", choice.label.en}});
            }
            line["choices"] = std::move(keys);
          }
          fields.emplace_back(std::move(line));
        }
        forms.emplace_back(json::object{{"form", form.key}, {"fields", std::move(fields)}});
      }
      for (const Deadline& deadline : definition->deadlines) {
        deadlines.emplace_back(json::object{{"date", deadline.date.text()},
                                            {"what", deadline.what},
                                            {"zh", deadline.label.zh},
                                            {"en", deadline.label.en}});
      }
      out.push_back({{"campaign", definition->id},
                     {"version", definition->version},
                     {"zh", definition->title.zh},
                     {"en", definition->title.en},
                     {"from", definition->from.text()},
                     {"to", definition->to.text()},
                     {"banner", banner_text(*definition, unit_name)},
                     {"kinds", std::move(kinds)},
                     {"forms", std::move(forms)},
                     {"deadlines", std::move(deadlines)}});
    }
    return out;
  });
  for (const auto& line : lines) io.line(line);
  return json::object{};
}

Result<json::object> verify(Engine& engine, OperationIo& io) {
  CampaignCatalogue catalogue;
  const Verified verified = verify_store(engine.folder().database(), engine.identity().headquarters,
                                         catalogue, [&](const char* step, int64_t done) {
                                           io.progress({{"step", step}, {"done", done}});
                                         });
  for (const Finding& finding : verified.findings) {
    json::array where_args(finding.where_args.begin(), finding.where_args.end());
    io.line({{"finding", finding.kind},
             {"where", finding.where},
             {"what", finding.what},
             {"advice", finding.advice},
             {"where_text", finding.where_text},
             {"where_args", std::move(where_args)}});
  }
  json::object summary{{"entries", verified.entries},
                       {"records", verified.records},
                       {"signatures", verified.heads},
                       {"findings", verified.findings_total}};
  io.line(summary);
  if (verified.findings_total == 0) return summary;
  return Refusal{Reason::kFolderDamaged,
                 N_("{} things are not as they must be (listed above): stop using this folder and "
                    "see docs/recovery.md"),
                 {std::to_string(verified.findings_total)}};
}

}  // namespace

json::object to_json(const Refusal& refusal) {
  json::array args;
  for (const auto& arg : refusal.args) args.emplace_back(arg);
  return {{"reason", name_of(refusal.reason)}, {"text", refusal.text}, {"args", std::move(args)}};
}

json::object to_json(const FieldProblem& problem) {
  json::object out{{"field", problem.field}};
  for (auto& [name, value] : to_json(problem.refusal)) out[name] = value;
  return out;
}

Author author_of(const json::object& args, const Engine& engine) {
  std::string person = text_arg(args, "person");
  if (person.empty()) person = engine.identity().name;
  return {std::move(person), read_clock(), today()};
}

Result<json::object> outcome_of(const Result<Saved>& saved, OperationIo& io) {
  if (!saved) return saved.refusal();
  if (saved->problems.empty()) return saved_line(*saved);
  std::string fields;
  for (const FieldProblem& problem : saved->problems) {
    if (problem.field.empty()) return problem.refusal;  // the form as a whole
    io.line({{"problem", to_json(problem)}});
    if (!fields.empty()) fields += ", ";
    fields += problem.field;
  }
  return Refusal{saved->problems.front().refusal.reason,
                 N_("nothing was saved: correct {} and try again"),
                 {fields}};
}

Result<json::object> change_record(
    Engine& engine, const json::object& args, OperationIo& io,
    const std::function<Result<Saved>(Store&, const CampaignCatalogue&, const FoundRecord&)>&
        change) {
  const auto saved = engine.call([&](Store& store, const CampaignCatalogue& catalogue) {
    const auto found = store.queries().find_record(text_arg(args, "record"));
    return found ? change(store, catalogue, *found) : Result<Saved>(found.refusal());
  });
  return outcome_of(saved, io);
}

Result<std::vector<BookCode>> units_arg(Engine& engine, const json::object& args) {
  const BookCode unit = text_arg(args, "unit");
  if (unit.empty()) return std::vector<BookCode>{};
  return engine.call(
      [&](Store&, const CampaignCatalogue& catalogue) -> Result<std::vector<BookCode>> {
        if (catalogue.units().unit(unit) == nullptr) {
          return Refusal{Reason::kUnknownUnit, N_("there is no unit {}"), {unit}};
        }
        return catalogue.units().all_within(unit);
      });
}

void add_record_operations(Operations& operations, Engine& engine) {
  operations["record.add"] = [&engine](const json::object& args, OperationIo& io) {
    const Author author = author_of(args, engine);
    const auto saved = engine.call([&](Store& store, const CampaignCatalogue& catalogue) {
      return save_record(store, catalogue, engine.identity().unit(), text_arg(args, "campaign"),
                         text_arg(args, "form"), raw_input(object_arg(args, "fields")), author);
    });
    return outcome_of(saved, io);
  };
  operations["record.add_many"] = [&engine](const json::object& args, OperationIo& io) {
    return add_many(engine, args, io);
  };
  operations["record.edit"] = [&engine](const json::object& args, OperationIo& io) {
    const Author author = author_of(args, engine);
    return change_record(
        engine, args, io,
        [&](Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found) {
          return save_edit(store, catalogue, found, raw_input(object_arg(args, "fields")), author);
        });
  };
  operations["record.void"] = [&engine](const json::object& args, OperationIo& io) {
    const Author author = author_of(args, engine);
    return change_record(engine, args, io,
                         [&](Store& store, const CampaignCatalogue&, const FoundRecord& found) {
                           return save_void(store, found, text_arg(args, "reason"), author);
                         });
  };
  operations["records.list"] = [&engine](const json::object& args, OperationIo& io) {
    return list(engine, args, io);
  };
  operations["record.show"] = [&engine](const json::object& args, OperationIo& io) {
    return show(engine, args, io);
  };
  operations["conflicts.list"] = [&engine](const json::object& args,
                                           OperationIo& io) -> Result<json::object> {
    const auto units = units_arg(engine, args);
    if (!units) return units.refusal();
    engine.read([&](const Queries& queries) {
      queries.list_conflicts(*units, [&](json::object line) { io.line(line); });
      return Done{};
    });
    return json::object{};
  };
  operations["conflict.decide"] = [&engine](const json::object& args, OperationIo& io) {
    const Author author = author_of(args, engine);
    const Decision decision{number_arg(args, "take"), text_arg(args, "value")};
    return change_record(
        engine, args, io,
        [&](Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found) {
          return save_decision(store, catalogue, found, text_arg(args, "field"), decision, author);
        });
  };
  operations["quarantine.list"] = [&engine](const json::object& args,
                                            OperationIo& io) -> Result<json::object> {
    const auto units = units_arg(engine, args);
    if (!units) return units.refusal();
    engine.read([&](const Queries& queries) {
      queries.list_quarantine(*units, [&](json::object line) { io.line(line); });
      return Done{};
    });
    return json::object{};
  };
  operations["campaigns.list"] = [&engine](const json::object&, OperationIo& io) {
    return list_campaigns(engine, io);
  };
  operations["verify"] = [&engine](const json::object&, OperationIo& io) {
    return verify(engine, io);
  };
}

}  // namespace sitelog
