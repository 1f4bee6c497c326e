#include "campaign/differences.hpp"

#include <algorithm>
#include <functional>

#include "campaign/counts.hpp"
#include "campaign/field_value.hpp"
#include "campaign/text.hpp"

namespace sitelog {

namespace {

const Field* field_named(const Form& form, const std::string& name) {
  const auto at = std::find_if(form.fields.begin(), form.fields.end(),
                               [&](const Field& field) { return field.name == name; });
  return at != form.fields.end() ? &*at : nullptr;
}

Refusal told_as(std::string text, std::vector<std::string> args) {
  return {Reason::kInvalidValue, std::move(text), std::move(args)};
}

bool counts(const CountingRules& rules, const RecordState& record) {
  const auto tally = rules.tally(record);
  return tally && row_of({}, *tally).left_out.empty();
}

}  // namespace

Differences::Differences(const Definition& before, const Definition& after, Language language)
    : before_(before),
      after_(after),
      language_(language),
      counted_before_(before),
      counted_after_(after) {
  for (const Form& form : before.forms) compare(form, after.form(form.key));
  compare_labels(before.forms, after.forms, &Form::key, [](const std::string& key) {
    return [key](const RecordState& record) { return record.form == key; };
  });
}

std::string Differences::shown(const Label& label, const std::string& key) const {
  return label.in(language_) + " (" + key + ")";
}

template <typename Things, typename KeyOf>
void Differences::compare_labels(const Things& before, const Things& after, KeyOf key_of,
                                 const std::function<Touches(const std::string& key)>& touched) {
  const auto with_key = [&](const Things& among, const std::string& key) {
    return std::ranges::find(among, key, key_of);
  };
  for (const auto& now : after) {
    const std::string& key = std::invoke(key_of, now);
    const auto same = with_key(before, key);
    if (same == before.end() || same->label == now.label) continue;
    const auto other = std::ranges::find_if(before, [&](const auto& old) {
      const std::string& its = std::invoke(key_of, old);
      return its != key && with_key(after, its) != after.end() &&
             (old.label.zh == now.label.zh || old.label.en == now.label.en);
    });
    if (other == before.end()) continue;
    changes_.push_back({told_as(N_("“{}” is now called “{}”, which is what “{}” was called: {} "
                                   "records would be read as saying something else"),
                                {shown(same->label, key), now.label.in(language_),
                                 shown(other->label, std::invoke(key_of, *other))}),
                        touched(key), true});
  }
}

void Differences::compare(const Form& before, const Form* after) {
  const auto of_the_form = [key = before.key](const RecordState& record) {
    return record.form == key;
  };
  if (after == nullptr) {
    changes_.push_back(
        {told_as(N_("the form “{}” is taken away: {} records"), {shown(before.label, before.key)}),
         of_the_form, true});
    return;
  }
  compare_stations(before, *after);
  for (const Field& field : before.fields) {
    compare(before, field, field_named(*after, field.name));
  }
  compare_labels(before.fields, after->fields, &Field::name, [&](const std::string& name) {
    return [of_the_form, name](const RecordState& record) {
      return of_the_form(record) && record.shown(name) != nullptr;
    };
  });
  for (const Field& field : after->fields) {
    const Field* known = field_named(before, field.name);
    if (!field.required || (known != nullptr && known->required)) continue;
    changes_.push_back({told_as(N_("the field “{}” must now be filled in: {} records lack it"),
                                {shown(field.label, field.name)}),
                        [of_the_form, name = field.name](const RecordState& record) {
                          return of_the_form(record) && record.shown(name) == nullptr;
                        }});
  }
}

void Differences::compare_stations(const Form& before, const Form& after) {
  const auto keys = [](const std::vector<const RoleDefinition*>& roles) {
    std::vector<std::string> out;
    for (const RoleDefinition* role : roles) out.push_back(role->key);
    return out;
  };
  const auto said = [this](const std::vector<const RoleDefinition*>& roles) {
    std::vector<std::string> out;
    for (const RoleDefinition* role : roles) out.push_back(shown(role->label, role->key));
    return join(out, between_items(language_));
  };
  const auto old = before_.stations_of(before), now = after_.stations_of(after);
  if (keys(old) == keys(now)) return;
  const auto were_sent = [key = before.key](bool sent) {
    return [key, sent](const RecordState& record) {
      return record.form == key && record.as_sent.has_value() == sent;
    };
  };
  const std::string called = shown(before.label, before.key);
  if (old.empty()) {
    changes_.push_back({told_as(N_("the form “{}” is judged by stations from now on ({}): {} "
                                   "records were not sent to them"),
                                {called, said(now)}),
                        were_sent(false)});
  } else if (now.empty()) {
    changes_.push_back({told_as(N_("the form “{}” is judged by no stations any more ({}): {} "
                                   "records were sent, and keep those that they asked"),
                                {called, said(old)}),
                        were_sent(true)});
  } else {
    changes_.push_back(
        {told_as(N_("the form “{}” is judged by {}, no longer by {}: {} records were "
                    "sent, and keep the stations that they asked"),
                 {called, said(now), said(old)}),
         were_sent(true)});
  }
}

void Differences::compare(const Form& form, const Field& before, const Field* after) {
  const auto filled = [form = form.key, name = before.name](const RecordState& record) {
    return record.form == form && record.shown(name) != nullptr;
  };
  const std::string called = shown(before.label, before.name);
  if (after == nullptr) {
    changes_.push_back(
        {told_as(N_("the field “{}” is taken away: {} records"), {called}), filled, true});
  } else if (after->type != before.type) {
    changes_.push_back(
        {told_as(N_("the field “{}” is of another type: {} records"), {called}), filled, true});
  } else if (before.type == FieldType::kChoice) {
    compare_choices(form, before, *after);
  } else if (after->type == FieldType::kInteger &&
             (after->min > before.min || after->max < before.max)) {
    changes_.push_back(
        {told_as(N_("the field “{}” has narrower bounds: {} records are outside"), {called}),
         [form = form.key, field = *after](const RecordState& record) {
           const Value* value = record.form == form ? record.shown(field.name) : nullptr;
           return value != nullptr && value->integer() != nullptr &&
                  out_of_bounds(field, *value->integer()).has_value();
         }});
  }
}

void Differences::compare_choices(const Form& form, const Field& before, const Field& after) {
  const Vocabulary* old = before_.vocabulary(before.vocabulary);
  const Vocabulary* now = after_.vocabulary(after.vocabulary);
  if (old == nullptr || now == nullptr) return;
  const std::string called = shown(before.label, before.name);
  const auto chosen = [&](const std::string& key) {
    return [form = form.key, name = before.name, key](const RecordState& record) {
      return record.form == form && record.text(name) == key;
    };
  };
  for (const Choice& choice : *old) {
    if (find_key(*now, choice.key) != nullptr) continue;
    const auto renamed = std::find_if(now->begin(), now->end(), [&](const Choice& other) {
      return other.label.zh == choice.label.zh || other.label.en == choice.label.en;
    });
    if (renamed != now->end()) {
      changes_.push_back(
          {told_as(N_("{}: “{}” is now “{}” under the same label; records keep the old "
                      "key: {} records"),
                   {called, shown(choice.label, choice.key), renamed->key}),
           chosen(choice.key), true});
    } else {
      changes_.push_back({told_as(N_("{}: the choice “{}” is taken away: {} records"),
                                  {called, shown(choice.label, choice.key)}),
                          chosen(choice.key), true});
    }
  }
  compare_labels(*old, *now, &Choice::key, chosen);
}

void Differences::look_at(const RecordState& record) {
  for (Change& change : changes_) {
    if (change.touches(record)) ++change.records;
  }
  if (counts(counted_before_, record) && !counts(counted_after_, record)) ++fall_out_;
}

std::vector<Refusal> Differences::told() const {
  std::vector<Refusal> out;
  if (before_.title != after_.title) {
    out.push_back(told_as(N_("the published campaign {} is called “{}”, this one “{}”"),
                          {before_.id, before_.title.zh, after_.title.zh}));
  }
  for (const Change& change : changes_) {
    Refusal text = change.text;
    text.args.push_back(std::to_string(change.records));
    out.push_back(std::move(text));
  }
  if (fall_out_ > 0) {
    out.push_back(
        told_as(N_("{} records that count would count no longer, until they are explained "
                   "and accepted"),
                {std::to_string(fall_out_)}));
  }
  return out;
}

bool Differences::weighty() const {
  return fall_out_ > 0 || before_.title != after_.title ||
         std::any_of(changes_.begin(), changes_.end(),
                     [](const Change& change) { return change.takes_away && change.records > 0; });
}

}  // namespace sitelog
