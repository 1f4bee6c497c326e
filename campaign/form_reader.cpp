#include "campaign/form_reader.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "campaign/field_value.hpp"
#include "campaign/text.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr std::array kTypes{FieldType::kText,  FieldType::kLongText, FieldType::kInteger,
                            FieldType::kDate,  FieldType::kChoice,   FieldType::kList,
                            FieldType::kPhone, FieldType::kFlag};

constexpr std::array<std::pair<std::string_view, WarnRule::What>, 6> kRules{{
    {"above", WarnRule::What::kAbove},
    {"below", WarnRule::What::kBelow},
    {"missing", WarnRule::What::kMissing},
    {"outside_campaign", WarnRule::What::kOutsideCampaign},
    {"future", WarnRule::What::kFuture},
    {"not_the_banner", WarnRule::What::kNotTheBanner},
}};

bool has_length(FieldType type) {
  return type == FieldType::kText || type == FieldType::kLongText || type == FieldType::kList ||
         type == FieldType::kPhone;
}

bool fits(Policy policy, FieldType type) {
  if (policy == Policy::kUnion) return type == FieldType::kList;
  if (policy == Policy::kMax || policy == Policy::kMin) return type == FieldType::kInteger;
  return true;
}

bool fits(WarnRule::What what, FieldType type) {
  switch (what) {
    case WarnRule::What::kAbove:
    case WarnRule::What::kBelow: return type == FieldType::kInteger;
    case WarnRule::What::kMissing: return true;
    case WarnRule::What::kOutsideCampaign:
    case WarnRule::What::kFuture: return type == FieldType::kDate;
    case WarnRule::What::kNotTheBanner:
      return type == FieldType::kText || type == FieldType::kLongText;
  }
  return false;
}

json::value to_raw(const toml::node& node) {
  if (const auto* text = node.as_string()) return json::value(text->get());
  if (const auto* number = node.as_integer()) return json::value(number->get());
  if (const auto* flag = node.as_boolean()) return json::value(flag->get());
  if (const auto* date = node.as_date()) {
    return json::value(Date{date->get().year, date->get().month, date->get().day}.text());
  }
  json::array items;
  if (const auto* list = node.as_array()) {
    for (const toml::node& item : *list) {
      const auto* text = item.as_string();
      items.push_back(text != nullptr ? json::value(text->get()) : json::value(nullptr));
    }
  }
  return items;
}

class FormReader {
 public:
  FormReader(const Definition& definition, ProblemList& problems, const EndOfTable& end)
      : definition_(definition), problems_(problems), end_(end) {}

  Form read(const toml::table& table) {
    TableReader reader(table, problems_);
    Form form;
    form.key = reader.key("key");
    form.label = reader.label();
    if (!is_of_campaigns(form.key)) {
      problems_.add(reader.line("key"), N_("{} line {}: “{}” is a form of Sitelog's own"),
                    {form.key});
    }
    const auto tables = reader.tables("field", Need::kRequired);
    if (tables.empty()) {
      problems_.add(reader.line(), N_("{} line {}: the form “{}” has no fields"), {form.key});
    }
    if (tables.size() > limits::kAssignmentsMax / 2) {
      problems_.add(reader.line(), N_("{} line {}: the form “{}” has too many fields: at most {}"),
                    {form.key, std::to_string(limits::kAssignmentsMax / 2)});
    }
    std::vector<TableReader> readers;
    for (const toml::table* each : tables) {
      readers.emplace_back(*each, problems_);
      form.fields.push_back(read_field(readers.back(), form));
    }
    // Rules may look at any field of the form, so they come when all are known.
    for (size_t i = 0; i < readers.size(); ++i) {
      for (const toml::table* rule : readers[i].tables("warn")) {
        if (untyped_.contains({form.key, form.fields[i].name})) continue;
        read_rule(*rule, form, form.fields[i]);
      }
      end_(readers[i]);
    }
    read_list(reader, form);
    if (reader.node("stations") != nullptr) form.stations = reader.texts("stations");
    end_(reader);
    return form;
  }

  UntypedFields untyped() && { return std::move(untyped_); }

 private:
  Field read_field(TableReader& reader, const Form& form) {
    Field field;
    field.name = reader.key("name");
    const bool letter_first = !field.name.empty() && field.name[0] >= 'a' && field.name[0] <= 'z';
    if (!field.name.empty() && !letter_first) {
      problems_.add(reader.line("name"), N_("{} line {}: the name “{}” must begin with a letter"),
                    {field.name});
    }
    for (const Field& other : form.fields) {
      if (other.name == field.name && !field.name.empty()) {
        problems_.add(reader.line("name"), N_("{} line {}: “{}” is there twice"), {field.name});
      }
    }
    const auto type = read_type(reader);
    field.type = type.value_or(FieldType::kText);
    field.label = reader.label();
    field.required = reader.flag("required");
    if (!type) {
      untyped_.emplace(form.key, field.name);
      field.vocabulary = reader.text("vocabulary");
      for (const char* key : {"min", "max", "length_max", "policy", "default"}) reader.node(key);
      return field;
    }
    read_vocabulary(reader, field);
    read_bounds(reader, field);
    read_policy(reader, field);
    read_default(reader, field);
    return field;
  }

  // Where nothing is said a list shows what every record has.
  void read_list(TableReader& reader, Form& form) {
    form.list = reader.texts("list");
    const auto is_field = [&](const std::string& name) {
      return std::any_of(form.fields.begin(), form.fields.end(),
                         [&](const Field& field) { return field.name == name; });
    };
    for (const std::string& name : form.list) {
      if (is_field(name)) continue;
      problems_.add(reader.line("list"), N_("{} line {}: the form “{}” has no field “{}”"),
                    {form.key, shortened(name, 40)});
    }
    if (!form.list.empty()) return;
    for (const Field& field : form.fields) {
      if (field.required) form.list.push_back(field.name);
    }
  }

  // Nothing where there is no such type, or none is given: what else is said of the field can't be
  // judged then, and is not told as wrong.
  std::optional<FieldType> read_type(TableReader& reader) {
    const std::string name = reader.text("type", Need::kRequired);
    std::vector<std::string> known;
    for (const FieldType type : kTypes) {
      if (name_of(type) == name) return type;
      known.emplace_back(name_of(type));
    }
    if (!name.empty()) {
      problems_.add(reader.line("type"), N_("{} line {}: there is no type “{}”; there are: {}"),
                    {shortened(name, 40), join(known, ", ")});
    }
    return std::nullopt;
  }

  void read_vocabulary(TableReader& reader, Field& field) {
    const bool choice = field.type == FieldType::kChoice;
    field.vocabulary = reader.text("vocabulary", choice ? Need::kRequired : Need::kOptional);
    if (!choice && !field.vocabulary.empty()) {
      problems_.add(reader.line("vocabulary"), N_("{} line {}: only a choice has a vocabulary"));
    } else if (!field.vocabulary.empty() && definition_.vocabulary(field.vocabulary) == nullptr) {
      problems_.add(reader.line("vocabulary"), N_("{} line {}: there is no vocabulary “{}”"),
                    {shortened(field.vocabulary, 40)});
    }
  }

  void read_bounds(TableReader& reader, Field& field) {
    const auto min = reader.integer("min"), max = reader.integer("max");
    if ((min || max) && field.type != FieldType::kInteger) {
      problems_.add(reader.line(min ? "min" : "max"),
                    N_("{} line {}: only a whole number has min and max"));
    }
    field.min = min.value_or(field.min);
    field.max = max.value_or(field.max);
    if (field.min > field.max) {
      problems_.add(reader.line(min ? "min" : "max"), N_("{} line {}: min is greater than max"));
    }
    const auto length = reader.integer("length_max");
    if (length && !has_length(field.type)) {
      problems_.add(reader.line("length_max"),
                    N_("{} line {}: only texts and lists have length_max"));
    }
    if (length && (*length < 1 || *length > 20'000)) {
      problems_.add(reader.line("length_max"),
                    N_("{} line {}: length_max must be from 1 to 20000"));
    }
    field.length_max =
        length && *length >= 1 ? static_cast<size_t>(*length) : default_length_max(field.type);
  }

  void read_policy(TableReader& reader, Field& field) {
    const std::string name = reader.text("policy");
    if (field.type == FieldType::kList) field.policy = Policy::kUnion;
    if (name.empty()) return;
    const auto policy = parse_policy(name);
    if (!policy) {
      problems_.add(reader.line("policy"), N_("{} line {}: there is no policy “{}”; there are: {}"),
                    {shortened(name, 40), "latest, site, headquarters, ask, max, min, union"});
    } else if (!fits(*policy, field.type)) {
      problems_.add(reader.line("policy"),
                    N_("{} line {}: the policy “{}” is not for the type “{}”"),
                    {name, std::string(name_of(field.type))});
    } else {
      field.policy = policy;
    }
  }

  void read_default(TableReader& reader, Field& field) {
    const toml::node* given = reader.node("default");
    if (given == nullptr) return;
    if (field.type == FieldType::kChoice && definition_.vocabulary(field.vocabulary) == nullptr) {
      return;  // told already
    }
    auto value = read_value(definition_, field, to_raw(*given));
    if (!value || value->is_cleared()) {
      problems_.add(line_of(*given), N_("{} line {}: the default is not a value of this field"));
    } else {
      field.default_value = *value;
    }
  }

  void read_rule(const toml::table& table, const Form& form, Field& field) {
    TableReader reader(table, problems_);
    WarnRule rule;
    int rules = 0;
    for (const auto& [name, what] : kRules) {
      const bool counts = what == WarnRule::What::kAbove || what == WarnRule::What::kBelow;
      if (counts) {
        const auto limit = reader.integer(name);
        if (!limit) continue;
        rule.limit = *limit;
      } else if (!reader.flag(name)) {
        continue;
      }
      rule.what = what;
      ++rules;
    }
    if (const toml::table* condition = reader.table("if")) read_condition(*condition, form, rule);
    end_(reader);
    if (rules != 1) {
      problems_.add(reader.line(), N_("{} line {}: a warning needs exactly one of: {}"),
                    {"above, below, missing, outside_campaign, future, not_the_banner"});
    } else if (!fits(rule.what, field.type)) {
      problems_.add(reader.line(), N_("{} line {}: this warning is not for the type “{}”"),
                    {std::string(name_of(field.type))});
    } else if (rule.what == WarnRule::What::kNotTheBanner && definition_.banner.empty()) {
      problems_.add(reader.line(), N_("{} line {}: the campaign has no banner to compare with"));
    } else {
      field.warn.push_back(std::move(rule));
    }
  }

  // { status = ["held"] }
  void read_condition(const toml::table& table, const Form& form, WarnRule& rule) {
    TableReader reader(table, problems_);
    if (table.size() != 1) {
      problems_.add(reader.line(), N_("{} line {}: “{}” must name exactly one field"), {"if"});
      return;
    }
    rule.if_field = std::string(table.begin()->first.str());
    rule.if_values = reader.texts(rule.if_field);
    const auto field = std::find_if(form.fields.begin(), form.fields.end(),
                                    [&](const Field& each) { return each.name == rule.if_field; });
    const Vocabulary* vocabulary = field != form.fields.end() && field->type == FieldType::kChoice
                                       ? definition_.vocabulary(field->vocabulary)
                                       : nullptr;
    if (untyped_.contains({form.key, rule.if_field})) return;
    if (vocabulary == nullptr) {
      problems_.add(reader.line(), N_("{} line {}: “{}” is not a choice of this form"),
                    {shortened(rule.if_field, 40)});
      return;
    }
    for (const std::string& value : rule.if_values) {
      const bool known = std::any_of(vocabulary->begin(), vocabulary->end(),
                                     [&](const Choice& choice) { return choice.key == value; });
      if (known) continue;
      problems_.add(reader.line(), N_("{} line {}: “{}” is not one of: {}"),
                    with_choices({shortened(value, 40)}, *vocabulary));
    }
  }

  const Definition& definition_;
  ProblemList& problems_;
  const EndOfTable& end_;
  UntypedFields untyped_;
};

}  // namespace

std::vector<Form> read_forms(TableReader& root, const Definition& definition, ProblemList& problems,
                             const EndOfTable& end, UntypedFields& untyped) {
  FormReader reader(definition, problems, end);
  std::vector<Form> forms;
  for (const toml::table* table : root.tables("form", Need::kRequired)) {
    Form form = reader.read(*table);
    for (const Form& other : forms) {
      if (other.key == form.key && !form.key.empty()) {
        problems.add(line_of(*table), N_("{} line {}: “{}” is there twice"), {form.key});
      }
    }
    forms.push_back(std::move(form));
  }
  untyped = std::move(reader).untyped();
  return forms;
}

}  // namespace sitelog
