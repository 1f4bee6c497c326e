#include "command/operation_options.hpp"

#include <algorithm>
#include <filesystem>

#include "campaign/text.hpp"
#include "command/terminal/choice_words.hpp"
#include "command/terminal/language.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// May stand several times, and takes one word each time: what follows is not swallowed.
void one_each(CLI::Option* option) {
  option->take_all()->allow_extra_args(false);
}

bool is_of_headquarters(const CLI::App& command) {
  const CLI::App* program = &command;
  while (program->get_parent() != nullptr) program = program->get_parent();
  return program->get_name() == "sitelogd";
}

// A choice by its own word or by the Chinese one. What is none is refused here, but for a word
// after the command, which the operation refuses.
CLI::Validator choice_by_name(const std::vector<std::string>& choices, bool leave_others) {
  const auto read = [choices, leave_others](std::string& word) -> std::string {
    if (auto choice = choice_called(choices, word)) {
      word = *std::move(choice);
      return {};
    }
    if (leave_others) return {};
    return word + " not in {" + choices_in_words(choices, terminal_language_chosen()) + "}";
  };
  return CLI::Validator(read, "");
}

}  // namespace

OperationOptions::OperationOptions(CLI::App* command, const Operation& operation)
    : command_(command), operation_(operation) {}

CLI::Option* OperationOptions::positional(const std::string& argument, const std::string& shown) {
  return add(argument, shown.empty() ? argument : shown, true, Insist::kAsTheRow);
}

CLI::Option* OperationOptions::option(const std::string& argument, const std::string& spelled,
                                      Insist insist) {
  std::string name = "--" + argument;
  std::replace(name.begin(), name.end(), '_', '-');
  return add(argument, spelled.empty() ? name : spelled, false, insist);
}

CLI::Option* OperationOptions::add(const std::string& name, const std::string& spelled,
                                   bool is_positional, Insist insist) {
  const Argument* argument = operation_.argument(name);
  SITELOG_ASSERT(argument != nullptr && !given_.contains(name));
  auto given = std::make_unique<Given>();
  given->argument = argument;
  std::string help = tr(argument->help);
  const Argument* seen = operation_.argument("seen");
  if (argument->type == ArgumentType::kRecord && seen != nullptr) {
    // Headquarters changes what others wrote only by who has looked at it.
    help = seen->required || is_of_headquarters(*command_)
               ? tr("the record, as lists and show print it here, the code behind the @ included: "
                    "ID@CODE, like 7c1e02d9@K7Q2M9 (a site's codes and headquarters' differ)")
               : fill(tr("{}; or ID@CODE as lists and show print it here (a site's codes and "
                         "headquarters' differ)"),
                      {help});
  }
  switch (argument->type) {
    case ArgumentType::kInteger:
      given->option = command_->add_option(spelled, given->number, help);
      if (argument->min == 0) given->option->check(CLI::NonNegativeNumber);
      break;
    case ArgumentType::kFlag: given->option = command_->add_flag(spelled, given->flag, help); break;
    case ArgumentType::kTexts:
    case ArgumentType::kFields:
      given->option = command_->add_option(spelled, given->words, help);
      if (!is_positional) one_each(given->option);
      break;
    case ArgumentType::kChoice:
      given->option = command_->add_option(spelled, given->text, help);
      given->option->transform(choice_by_name(argument->choices, is_positional));
      break;
    default: given->option = command_->add_option(spelled, given->text, help);
  }
  const bool many = argument->type == ArgumentType::kFields;
  if (argument->required && !many && insist == Insist::kAsTheRow) given->option->required();
  CLI::Option* out = given->option;
  given_.emplace(name, std::move(given));
  return out;
}

void OperationOptions::explanations() {
  one_each(command_->add_option("--explain", explanations_,
                                tr("FIELD=TEXT: why an unusual value is right")));
}

Result<json::value> OperationOptions::value_of(const Given& given) {
  switch (given.argument->type) {
    case ArgumentType::kInteger: return json::value(given.number);
    case ArgumentType::kFlag: return json::value(given.flag);
    case ArgumentType::kTexts:
      return json::value(json::array(given.words.begin(), given.words.end()));
    case ArgumentType::kFields: {
      auto fields = parse_fields(given.words);
      if (!fields) return fields.refusal();
      return json::value(*std::move(fields));
    }
    case ArgumentType::kPath:
      // Whoever owns the folder may stand elsewhere.
      return json::value(std::filesystem::absolute(given.text).string());
    default: return json::value(given.text);
  }
}

// "ID@CODE" is the record and what was seen of it, where the operation asks for that.
std::optional<Refusal> OperationOptions::part(json::object& given) const {
  const Argument* seen = operation_.argument("seen");
  for (const auto& [name, option] : given_) {
    if (option->argument->type != ArgumentType::kRecord || !given.contains(name)) continue;
    const std::string word(given.at(name).as_string());
    const size_t at = word.rfind('@');
    if (at != word.npos) {
      given[name] = word.substr(0, at);
      if (seen != nullptr) given["seen"] = word.substr(at + 1);
    } else if (seen != nullptr && seen->required) {
      return Refusal{Reason::kUsage,
                     N_("say what you saw of record {}: look at it, then name it by the word that "
                        "lists and show print, ID@CODE"),
                     {word}};
    }
  }
  return std::nullopt;
}

Result<json::object> OperationOptions::given() const {
  json::object out = set_;
  for (const auto& [name, given] : given_) {
    if (given->option->count() == 0) continue;
    const bool blank = given->argument->type != ArgumentType::kInteger &&
                       given->argument->type != ArgumentType::kFlag && given->text.empty() &&
                       given->words.empty();
    if (blank && given->argument->min > 0) continue;
    auto value = value_of(*given);
    if (!value) return value.refusal();
    out[name] = *std::move(value);
  }
  if (auto refusal = part(out)) return *std::move(refusal);
  if (explanations_.empty()) return out;
  const auto explained = parse_fields(explanations_);
  if (!explained) return explained.refusal();
  if (!out.contains("fields")) out["fields"] = json::object{};
  json::object& fields = out["fields"].as_object();
  for (const auto& [field, text] : *explained) {
    fields[std::string(kExplainPrefix) + std::string(field)] = text;
  }
  return out;
}

DetailedRefusal OperationOptions::as_typed(DetailedRefusal refusal) const {
  if (refusal.text != kMissingOrWrong || refusal.args.size() != 1) return refusal;
  std::vector<std::string> typed;
  const std::string& names = refusal.args.front();
  for (size_t at = 0; at < names.size();) {
    const size_t end = std::min(names.find(", ", at), names.size());
    typed.push_back(spelled(names.substr(at, end - at)));
    at = end + 2;
  }
  refusal.args.front() = join(typed, ", ");
  name_choices(refusal, kNoSuchChoice, terminal_language_chosen());
  for (FieldProblem& problem : refusal.problems) problem.field = spelled(problem.field);
  return refusal;
}

std::string OperationOptions::spelled(const std::string& argument) const {
  const auto at = given_.find(argument);
  if (at == given_.end()) return argument;
  const std::string name = at->second->option->get_name();
  return name.starts_with('-') ? name : tr(name.c_str());
}

Result<json::object> parse_fields(const std::vector<std::string>& words) {
  json::object out;
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Refusal{Reason::kUsage, N_("fields are given as name=value, not as {}"), {word}};
    }
    const std::string name = word.substr(0, equals);
    if (out.contains(name)) return Refusal{Reason::kUsage, N_("{} is given twice"), {name}};
    out[name] = word.substr(equals + 1);
  }
  return out;
}

}  // namespace sitelog
