#include "campaign/validation.hpp"

#include <algorithm>
#include <set>

#include "campaign/banner.hpp"
#include "campaign/field_value.hpp"
#include "campaign/limits.hpp"
#include "campaign/names.hpp"
#include "campaign/text.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

using Values = std::map<std::string, Value>;

const Value* value_of(const Values& values, const std::string& name) {
  const auto at = values.find(name);
  return at != values.end() && !at->second.is_cleared() ? &at->second : nullptr;
}

const Value* value_of(const RecordState& record, const std::string& name) {
  return record.shown(name);
}

template <class Values>
bool explained(const Values& values, const std::string& field) {
  return value_of(values, std::string(kExplainPrefix) + field) != nullptr;
}

template <class Values>
bool applies(const WarnRule& rule, const Values& values) {
  if (rule.if_field.empty()) return true;
  const Value* value = value_of(values, rule.if_field);
  return value != nullptr && value->text() != nullptr &&
         std::find(rule.if_values.begin(), rule.if_values.end(), *value->text()) !=
             rule.if_values.end();
}

struct Judge {
  const Definition& definition;
  Date today;
  const std::string& unit_name;

  std::optional<Refusal> date_rule(const WarnRule& rule, const std::string& text) const {
    const auto date = parse_date(text);
    if (!date) return std::nullopt;
    const bool outside = *date < definition.from || *date > definition.to;
    if (rule.what == WarnRule::What::kOutsideCampaign && outside) {
      return invalid_value(N_("{} is outside the campaign, which lasts from {} to {}"),
                           {text, definition.from.text(), definition.to.text()});
    }
    if (rule.what == WarnRule::What::kFuture && *date > today) {
      const bool says_held = !rule.if_field.empty() && rule.if_field == definition.report.status;
      return invalid_value(says_held
                               ? N_("{} is in the future, yet this is said to have taken place")
                               : N_("{} has not come yet"),
                           {text});
    }
    return std::nullopt;
  }

  std::optional<Refusal> number_rule(const WarnRule& rule, int64_t number) const {
    if (rule.what == WarnRule::What::kAbove && number > rule.limit) {
      return invalid_value(N_("{} is unusually many: more than {}"),
                           {std::to_string(number), std::to_string(rule.limit)});
    }
    if (rule.what == WarnRule::What::kBelow && number < rule.limit) {
      return invalid_value(N_("{} is unusually few: fewer than {}"),
                           {std::to_string(number), std::to_string(rule.limit)});
    }
    return std::nullopt;
  }

  // That it must be given, and of a choice what there is to choose from.
  Refusal required(const Field& field) const {
    const Vocabulary* choices =
        field.type == FieldType::kChoice ? definition.vocabulary(field.vocabulary) : nullptr;
    if (choices == nullptr) return invalid_value(N_("this is required"));
    return invalid_value(N_("this is required, one of: {}"), with_choices({}, *choices));
  }

  // What could not be given today: recorded before the campaign changed, or past its forms.
  std::optional<Refusal> foreign(const Field& field, const Value* value) const {
    if (value == nullptr) return std::nullopt;
    if (const std::string* text = value->text(); text != nullptr) {
      const Vocabulary* choices =
          field.type == FieldType::kChoice ? definition.vocabulary(field.vocabulary) : nullptr;
      if (choices == nullptr || find_key(*choices, *text) != nullptr) return std::nullopt;
      return invalid_value(N_("“{}” is not one of: {}"),
                           with_choices({shortened(*text, 40)}, *choices));
    }
    const int64_t* number = value->integer();
    if (number == nullptr || field.type != FieldType::kInteger) return std::nullopt;
    return out_of_bounds(field, *number);
  }

  std::optional<Refusal> rule(const WarnRule& rule, const Value* value) const {
    if (rule.what == WarnRule::What::kMissing) {
      return value == nullptr ? std::optional(invalid_value(N_("this is not filled in")))
                              : std::nullopt;
    }
    if (value == nullptr) return std::nullopt;
    if (const int64_t* number = value->integer()) return number_rule(rule, *number);
    if (value->text() == nullptr) return std::nullopt;
    if (rule.what == WarnRule::What::kNotTheBanner) {
      return check_banner(definition, unit_name, *value->text());
    }
    return date_rule(rule, *value->text());
  }

  std::vector<FieldProblem> warnings(const Form& form, const Values& values,
                                     const std::set<std::string>& skipped,
                                     Explained told = Explained::kLeftOut) const {
    std::vector<FieldProblem> out;
    for (const Field& field : form.fields) {
      if (skipped.contains(field.name)) continue;
      const Value* value = value_of(values, field.name);
      if (value == nullptr && field.required) out.push_back({field.name, required(field)});
      if (told == Explained::kLeftOut && explained(values, field.name)) continue;
      if (auto found = foreign(field, value)) out.push_back({field.name, std::move(*found)});
      for (const WarnRule& each : field.warn) {
        if (!applies(each, values)) continue;
        if (auto found = rule(each, value)) out.push_back({field.name, std::move(*found)});
      }
      if (field.type == FieldType::kPhone && value != nullptr && value->text() != nullptr &&
          !looks_like_phone(*value->text())) {
        out.push_back({field.name, invalid_value(N_("“{}” does not look like a telephone number"),
                                                 {*value->text()})});
      }
    }
    return out;
  }
};

Values shown_values(const RecordState& record) {
  Values out;
  for (const auto& [name, state] : record.fields) {
    if (state.shown) out[name] = *state.shown;
  }
  return out;
}

class Checker {
 public:
  Checker(const Definition& definition, const Form& form, const CheckContext& context)
      : definition_(definition), form_(form), context_(context) {}

  Checked check(const RawInput& input) {
    for (const auto& [name, raw] : input) {
      if (name.starts_with(kExplainPrefix)) {
        take_explanation(name.substr(kExplainPrefix.size()), raw);
      } else {
        take_field(name, raw);
      }
    }
    if (context_.existing == nullptr) complete();
    warn();
    return std::move(out_);
  }

 private:
  void refuse(const std::string& field, Refusal refusal) {
    errors_in_.insert(field);
    out_.errors.push_back({field, std::move(refusal)});
  }

  // A campaign is no field of a form's, though people look for it there.
  static bool names_the_campaign(const std::string& given) {
    const std::string word = lower(trimmed(given));
    return word == kFieldCampaign || word == "campaign" || word == "活动方案";
  }

  // Null where it is refused.
  const Field* known_field(const std::string& given) {
    const auto field = find_field(form_, given);
    if (field) return *field;
    Refusal why = field.refusal();
    if (names_the_campaign(given)) {
      why = {Reason::kUnknownField,
             context_.existing != nullptr
                 ? N_("a record stays in the campaign that it was recorded for: record it anew "
                      "for the other one (command line: record {} --campaign CAMPAIGN), then "
                      "declare this one void")
                 : N_("the campaign is no field of the form {}: name it beside the fields "
                      "(command line: --campaign CAMPAIGN)"),
             {form_.key}};
    }
    refuse(shortened(given, 64), std::move(why));
    return nullptr;
  }

  void take_field(const std::string& name, const boost::json::value& raw) {
    const Field* field = known_field(name);
    if (field == nullptr) return;
    if (!given_.insert(field->name).second) {
      refuse(field->name, invalid_value(N_("this is given twice, by its name and by its label")));
      return;
    }
    Result<Value> value = read_value(definition_, *field, raw);
    if (!value) {
      refuse(field->name, value.refusal());
    } else if (!value->is_cleared()) {
      out_.values[field->name] = std::move(*value);
    } else if (context_.existing != nullptr) {
      if (field->required) {
        refuse(field->name, invalid_value(N_("this is required and can't be emptied")));
      } else {
        out_.values[field->name] = Value();
      }
    }
  }

  void take_explanation(const std::string& name, const boost::json::value& raw) {
    const Field* field = known_field(name);
    if (field == nullptr) return;
    Field explanation;
    explanation.type = FieldType::kLongText;
    explanation.length_max = limits::kExplanationLengthMax;
    const std::string key = std::string(kExplainPrefix) + field->name;
    Result<Value> value = read_value(definition_, explanation, raw);
    if (!value) {
      refuse(key, value.refusal());
    } else if (!value->is_cleared() || context_.existing != nullptr) {
      out_.values[key] = std::move(*value);
    }
  }

  // Defaults, and what a new record must have.
  void complete() {
    for (const Field& field : form_.fields) {
      if (out_.values.contains(field.name) || errors_in_.contains(field.name)) continue;
      if (field.default_value) {
        out_.values[field.name] = *field.default_value;
        out_.defaulted.insert(field.name);
      } else if (field.required) {
        refuse(field.name, judge().required(field));
      }
    }
  }

  void warn() {
    Values whole = context_.existing != nullptr ? shown_values(*context_.existing) : Values();
    for (const auto& [name, value] : out_.values) whole[name] = value;
    out_.warnings = judge().warnings(form_, whole, errors_in_);
  }

  Judge judge() const { return {definition_, context_.today, context_.unit_name}; }

  const Definition& definition_;
  const Form& form_;
  const CheckContext& context_;
  Checked out_;
  std::set<std::string> given_, errors_in_;
};

}  // namespace

bool may_be_unusual(const Definition& definition, const Form& form, const Field* day,
                    const RecordState& record) {
  static const std::string any_unit;
  constexpr Date kLastOfDays{9999, 12, 31};
  const Judge judge{definition, kLastOfDays, any_unit};
  for (const Field& field : form.fields) {
    const Value* value = record.shown(field.name);
    if (value == nullptr && field.required) return true;
    const bool phone = field.type == FieldType::kPhone && value != nullptr &&
                       value->text() != nullptr && !looks_like_phone(*value->text());
    bool found = phone || judge.foreign(field, value).has_value();
    for (const WarnRule& each : field.warn) {
      if (found) break;
      if (!applies(each, record)) continue;
      const bool later = each.what == WarnRule::What::kFuture && &field != day;
      const bool by_unit = each.what == WarnRule::What::kNotTheBanner;
      found = ((later || by_unit) && value != nullptr) || judge.rule(each, value).has_value();
    }
    if (found && !explained(record, field.name)) return true;
  }
  return false;
}

Checked check_input(const Definition& definition, const std::string& form, const RawInput& input,
                    const CheckContext& context) {
  const auto known = find_form(definition, form);
  if (!known) {
    Checked out;
    out.errors.push_back({"", known.refusal()});
    return out;
  }
  Checked out = Checker(definition, **known, context).check(input);
  out.form = (*known)->key;
  return out;
}

std::vector<FieldProblem> unusual(const Definition& definition, const std::string& form,
                                  const std::map<std::string, Value>& values, const Date& today,
                                  const std::string& unit_name, Explained explained) {
  const Form* known = definition.form(form);
  if (known == nullptr) return {};
  return Judge{definition, today, unit_name}.warnings(*known, values, {}, explained);
}

std::vector<FieldProblem> unusual(const Definition& definition, const RecordState& record,
                                  const Date& today, const std::string& unit_name) {
  return unusual(definition, record.form, shown_values(record), today, unit_name);
}

}  // namespace sitelog
