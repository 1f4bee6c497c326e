#include "command/operation_reference.hpp"

#include "command/terminal/language.hpp"
#include "command/terminal/width.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

json::object in_both(const char* message) {
  return {{"en", message}, {"zh", tr(Language::kChinese, message)}};
}

// What the bounds of an argument count.
enum class Bounded { kNot, kBytes, kValue, kCount };
Bounded bounded(ArgumentType type) {
  switch (type) {
    case ArgumentType::kText:
    case ArgumentType::kRecord:
    case ArgumentType::kSeen:
    case ArgumentType::kUnit:
    case ArgumentType::kPath: return Bounded::kBytes;
    case ArgumentType::kInteger: return Bounded::kValue;
    case ArgumentType::kTexts:
    case ArgumentType::kFields: return Bounded::kCount;
    case ArgumentType::kFlag:
    case ArgumentType::kChoice:
    case ArgumentType::kDate: return Bounded::kNot;
  }
  return Bounded::kNot;
}

json::object argument_json(const Argument& argument) {
  json::object out{{"name", argument.name},
                   {"type", name_of(argument.type)},
                   {"required", argument.required},
                   {"help", in_both(argument.help)}};
  const auto add_bounds = [&](const char* least, const char* most) {
    out[least] = argument.min;
    out[most] = argument.max;
  };
  switch (bounded(argument.type)) {
    case Bounded::kBytes: add_bounds("min_bytes", "max_bytes"); break;
    case Bounded::kValue: add_bounds("min", "max"); break;
    case Bounded::kCount: add_bounds("min_count", "max_count"); break;
    case Bounded::kNot: break;
  }
  if (!argument.choices.empty()) {
    out["choices"] = json::array(argument.choices.begin(), argument.choices.end());
  }
  return out;
}

std::string bounds_text(const Argument& argument, Language language) {
  const std::vector<std::string> bounds{std::to_string(argument.min), std::to_string(argument.max)};
  switch (bounded(argument.type)) {
    case Bounded::kBytes: return fill(tr(language, N_("{} to {} bytes")), bounds);
    case Bounded::kValue: return fill(tr(language, N_("{} to {}")), bounds);
    case Bounded::kCount: return fill(tr(language, N_("{} to {} of them")), bounds);
    case Bounded::kNot: break;
  }
  std::string choices;
  for (const std::string& choice : argument.choices) {
    choices += (choices.empty() ? "" : " | ") + choice;
  }
  return choices;
}

std::string argument_text(const Argument& argument, Language language) {
  std::string facts = name_of(argument.type);  // as programs spell it
  const std::string comma = tr(language, N_(", "));
  if (const std::string bounds = bounds_text(argument, language); !bounds.empty()) {
    facts += comma + bounds;
  }
  if (argument.required) facts += comma + tr(language, N_("required"));
  return "  " + padded(argument.name, 14) + facts + "\n" + std::string(16, ' ') +
         tr(language, argument.help) + "\n";
}

}  // namespace

json::object operation_json(const Operation& operation) {
  json::array arguments;
  for (const Argument& argument : operation.arguments) {
    arguments.emplace_back(argument_json(argument));
  }
  json::object out{{"operation", operation.name},
                   {"right", name_of(operation.right)},
                   {"writes", operation.writes},
                   {"help", in_both(operation.help)},
                   {"arguments", std::move(arguments)}};
  if (!operation.one_of.empty()) {
    json::array one_of;
    for (const auto& names : operation.one_of) {
      one_of.emplace_back(json::array(names.begin(), names.end()));
    }
    out["one_of"] = std::move(one_of);
  }
  if (operation.input) out["input"] = schema_of(*operation.input);
  if (operation.line) out["line"] = schema_of(*operation.line);
  out["answer"] = schema_of(operation.answer);
  return out;
}

std::string operation_text(const Operation& operation, Language language) {
  std::string out =
      operation.name + "  " +
      fill(tr(language, operation.writes ? N_("(right: {}; writes)") : N_("(right: {})")),
           {name_of(operation.right)}) +
      "\n  " + tr(language, operation.help) + "\n";
  for (const Argument& argument : operation.arguments) out += argument_text(argument, language);
  for (const auto& names : operation.one_of) {
    std::string listed;
    for (const std::string& name : names) listed += (listed.empty() ? "" : ", ") + name;
    out +=
        "  " + fill(tr(language, N_("exactly one of these is to be given: {}")), {listed}) + "\n";
  }
  const auto told = [&](const char* what, const Shape& shape) {
    out += "  " + fill(tr(language, what), {text_of(shape)}) + "\n";
  };
  if (operation.input) told(N_("reads, one by one: {}"), *operation.input);
  if (operation.line) told(N_("says, line by line: {}"), *operation.line);
  if (!operation.answer.members.empty()) told(N_("answers: {}"), operation.answer);
  return out;
}

void add_operations_command(
    Front& front, std::function<std::string(const OperationTable&, Language)> as_openapi) {
  auto* command = front.command(
      nullptr, "operations", N_("what can be asked of the data folder, and with which arguments"),
      front.operations().program() + " operations --json");
  const auto openapi = std::make_shared<bool>(false);
  if (as_openapi) {
    command->add_flag("--openapi", *openapi,
                      tr("as OpenAPI 3.1, just as /api/v1/openapi.json tells it"));
  }
  front.act(command, [&front, openapi, as_openapi = std::move(as_openapi)](Output& out) {
    if (*openapi) {
      out.bytes(as_openapi(front.operations(), front.language()));
      return kExitDone;
    }
    for (const auto& [name, operation] : front.operations().rows()) {
      out.line(operation_json(operation));
      out.text(operation_text(operation, front.language()));
    }
    return kExitDone;
  });
}

}  // namespace sitelog
