#include "campaign/names.hpp"

#include <algorithm>
#include <set>

#include "campaign/field_value.hpp"
#include "campaign/looks.hpp"
#include "campaign/text.hpp"

namespace sitelog {

namespace {

constexpr size_t kGivenShownMax = 64;  // characters

Named named(const Field& field) {
  return {field.name, field.label.zh, field.label.en};
}
Named named(const Form& form) {
  return {form.key, form.label.zh, form.label.en};
}
Named named(const Choice& choice) {
  return {choice.key, choice.label.zh, choice.label.en};
}

template <class T>
std::vector<Named> all_named(const std::vector<T>& things) {
  std::vector<Named> out;
  for (const T& each : things) out.push_back(named(each));
  return out;
}

// `args`, and what there is, in English and in Chinese: each thing with its key and label, once.
std::vector<std::string> with_names(std::vector<std::string> args,
                                    const std::vector<Named>& names) {
  for (const Language language : {Language::kEnglish, Language::kChinese}) {
    std::set<std::string_view> keys;
    std::vector<std::string> called;
    for (const Named& each : names) {
      if (!keys.insert(each.key).second) continue;
      const std::string_view label = language == Language::kChinese ? each.zh : each.en;
      called.emplace_back(each.key);
      if (label != each.key) called.back() += " " + std::string(label);
    }
    args.push_back(join(called, between_items(language)));
  }
  return args;
}

// The thing meant; what `unknown` says where there is none.
template <class T, class Unknown>
Result<const T*> one_of(const std::vector<T>& things, std::string_view given, Unknown unknown) {
  // A key needs no look at all names.
  const std::string_view plain = trimmed(given);
  const auto exact = std::find_if(things.begin(), things.end(), [&](const T& each) {
    return !plain.empty() && named(each).key == plain;
  });
  if (exact != things.end()) return &*exact;
  const auto at = meant(given, all_named(things));
  if (!at) return at.refusal();
  if (!*at) return unknown();
  return &things[**at];
}

Result<std::string> key_of(const std::vector<Named>& names, std::string_view given, Reason reason,
                           const char* unknown) {
  const auto at = meant(given, names);
  if (!at) return at.refusal();
  if (!*at) return not_among(names, reason, unknown, given);
  return std::string(names[**at].key);
}

}  // namespace

Refusal not_among(const std::vector<Named>& names, Reason reason, const char* unknown,
                  std::string_view given) {
  const std::string shown = shortened(given, kGivenShownMax);
  if (!names.empty()) return {reason, unknown, with_names({shown}, names)};
  return {reason,
          N_("“{}” is not known here: no campaign that is published has anything to choose from "
             "for this"),
          {shown}};
}

Result<std::optional<size_t>> meant(std::string_view given, const std::vector<Named>& among) {
  const auto wanted = looks_of(given);
  const std::string_view plain = trimmed(given);
  const auto exact = [&](const Named& each) { return each.key == plain; };
  const auto by_key = [&](const Named& each) { return looks_of(each.key) == wanted; };
  const auto by_label = [&](const Named& each) {
    return looks_of(each.zh) == wanted || (each.en != each.zh && looks_of(each.en) == wanted);
  };
  std::vector<size_t> found;  // of different keys
  const auto look = [&](const auto& fits) {
    for (size_t i = 0; i < among.size(); ++i) {
      const bool known = std::any_of(found.begin(), found.end(),
                                     [&](size_t at) { return among[at].key == among[i].key; });
      if (!known && fits(among[i])) found.push_back(i);
    }
  };
  if (wanted.empty()) return std::optional<size_t>();
  look(exact);
  if (found.empty()) look(by_key);
  if (found.empty()) look(by_label);
  if (found.empty()) return std::optional<size_t>();
  if (found.size() == 1) return std::optional(found.front());
  std::vector<std::string> keys;
  for (const size_t at : found) keys.emplace_back(among[at].key);
  return invalid_value(N_("several are called “{}”: say which one is meant: {}"),
                       {shortened(given, kGivenShownMax), join(keys, ", ")});
}

Result<const Field*> find_field(const Form& form, std::string_view given) {
  return one_of(form.fields, given, [&] {
    return Refusal{
        Reason::kUnknownField, N_("the form “{}” has no field “{}”; it has: {}"),
        with_names({form.key, shortened(given, kGivenShownMax)}, all_named(form.fields))};
  });
}

Result<const Form*> find_form(const Definition& definition, std::string_view given) {
  return one_of(definition.forms, given, [&] {
    return Refusal{
        Reason::kUnknownForm, N_("the campaign “{}” has no form “{}”; it has: {}"),
        with_names({definition.id, shortened(given, kGivenShownMax)}, all_named(definition.forms))};
  });
}

Result<const Choice*> find_choice(const Vocabulary& vocabulary, std::string_view given) {
  return one_of(vocabulary, given, [&] {
    return invalid_value(N_("“{}” is not one of: {}"),
                         with_choices({shortened(given, 40)}, vocabulary));
  });
}

Result<BookCode> find_unit(const UnitTree& units, std::string_view given) {
  // A code needs no look at all names.
  if (units.unit(BookCode(given)) != nullptr) return BookCode(given);
  std::vector<Named> names;
  for (const BookCode& code : units.all_within("")) {
    const Unit* unit = units.unit(code);
    names.push_back({unit->code, unit->name, unit->name});
  }
  const auto at = meant(given, names);
  if (!at) return at.refusal();
  if (!*at) {
    return Refusal{Reason::kUnknownUnit,
                   N_("there is no unit {}, or it is not yours to see"),
                   {shortened(given, kGivenShownMax)}};
  }
  return BookCode(names[**at].key);
}

Result<const Definition*> find_campaign(const std::vector<const Definition*>& campaigns,
                                        std::string_view given) {
  std::vector<Named> names;
  for (const Definition* each : campaigns) {
    names.push_back({each->id, each->title.zh, each->title.en});
  }
  const auto at = meant(given, names);
  if (!at) return at.refusal();
  if (!*at && names.empty()) {
    return Refusal{Reason::kUnknownCampaign,
                   N_("there is no campaign {}: none is published here"),
                   {shortened(given, kGivenShownMax)}};
  }
  if (!*at) {
    return Refusal{Reason::kUnknownCampaign, N_("there is no campaign {}; known are: {}"),
                   with_names({shortened(given, kGivenShownMax)}, names)};
  }
  return campaigns[**at];
}

Refusal which_campaign(std::string_view form, const std::vector<Named>& campaigns) {
  std::vector<std::string> args{shortened(form, kGivenShownMax)};
  for (const Language language : {Language::kEnglish, Language::kChinese}) {
    std::vector<std::string> names;
    for (const Named& each : campaigns) {
      const std::string_view title = language == Language::kChinese ? each.zh : each.en;
      names.push_back(std::string(each.key) + " (" + std::string(title) + ")");
    }
    args.push_back(join(names, between_items(language)));
  }
  return {Reason::kInvalidValue,
          N_("several campaigns have a form {}: say which one is meant (command line: --campaign); "
             "there are: {}"),
          std::move(args)};
}

Result<const Definition*> find_campaign_of(const std::vector<const Definition*>& campaigns,
                                           std::string_view given, std::string_view form) {
  if (!given.empty()) return find_campaign(campaigns, given);
  // What is wrong about a form of the only campaign is told of that one.
  if (campaigns.size() == 1) return campaigns.front();
  std::vector<const Definition*> by_key, by_label;
  for (const Definition* each : campaigns) {
    const auto found = find_form(*each, form);
    if (!found && found.refusal().reason != Reason::kUnknownForm) return found.refusal();
    if (!found) continue;
    by_label.push_back(each);
    if ((*found)->key == trimmed(form)) by_key.push_back(each);
  }
  const auto& having = by_key.empty() ? by_label : by_key;
  if (having.size() == 1) return having.front();
  if (!having.empty()) {
    std::vector<Named> names;
    for (const Definition* each : having) {
      names.push_back({each->id, each->title.zh, each->title.en});
    }
    return which_campaign(form, names);
  }
  const auto key = find_form(campaigns, form);
  SITELOG_ASSERT(!key);
  return key.refusal();
}

Result<std::string> find_form(const std::vector<const Definition*>& campaigns,
                              std::string_view given) {
  std::vector<Named> names;
  for (const Definition* each : campaigns) {
    for (const Form& form : each->forms) names.push_back(named(form));
  }
  return key_of(names, given, Reason::kUnknownForm, N_("no campaign has a form {}; there are: {}"));
}

Result<std::string> find_kind(const std::vector<const Definition*>& campaigns,
                              std::string_view given) {
  std::vector<Named> names;
  for (const Definition* each : campaigns) {
    for (const Choice& kind : each->kinds) names.push_back(named(kind));
  }
  return key_of(names, given, Reason::kInvalidValue, N_("“{}” is not one of: {}"));
}

Result<std::string> find_role(const std::vector<const Definition*>& campaigns,
                              std::string_view given) {
  std::vector<Named> names;
  for (const Definition* each : campaigns) {
    for (const RoleDefinition& role : each->roles) {
      names.push_back({role.key, role.label.zh, role.label.en});
    }
  }
  return key_of(names, given, Reason::kInvalidValue, N_("“{}” is not one of: {}"));
}

Result<std::string> find_station_role(const std::vector<const Definition*>& campaigns,
                                      std::string_view given) {
  std::vector<Named> names;
  for (const Definition* each : campaigns) {
    for (const Form& form : each->forms) {
      for (const RoleDefinition* role : each->stations_of(form)) {
        names.push_back({role->key, role->label.zh, role->label.en});
      }
    }
  }
  return key_of(names, given, Reason::kInvalidValue,
                N_("no station is called “{}”; records wait at: {}"));
}

Result<std::string> find_field(const std::vector<const Definition*>& campaigns,
                               std::string_view given) {
  std::vector<Named> names;
  for (const Definition* each : campaigns) {
    for (const Form& form : each->forms) {
      for (const Field& field : form.fields) names.push_back(named(field));
    }
  }
  return key_of(names, given, Reason::kUnknownField,
                N_("no campaign's form has a field {}; there are: {}"));
}

}  // namespace sitelog
