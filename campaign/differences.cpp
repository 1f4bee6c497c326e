#include "campaign/differences.hpp"

#include <algorithm>

#include "campaign/counts.hpp"
#include "campaign/field_value.hpp"

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

Differences::Differences(const Definition& before, const Definition& after)
    : before_(before), after_(after), counted_before_(before), counted_after_(after) {
  for (const Form& form : before.forms) compare(form, after.form(form.key));
}

void Differences::compare(const Form& before, const Form* after) {
  if (after == nullptr) {
    changes_.push_back(
        {told_as(N_("the form “{}” is taken away: {} records"), {before.key}),
         [key = before.key](const RecordState& record) { return record.form == key; }, true});
    return;
  }
  for (const Field& field : before.fields) {
    compare(before.key, field, field_named(*after, field.name));
  }
  for (const Field& field : after->fields) {
    const Field* known = field_named(before, field.name);
    if (!field.required || (known != nullptr && known->required)) continue;
    changes_.push_back(
        {told_as(N_("the field “{}” must now be filled in: {} records lack it"), {field.name}),
         [form = before.key, name = field.name](const RecordState& record) {
           return record.form == form && record.shown(name) == nullptr;
         }});
  }
}

void Differences::compare(const std::string& form, const Field& before, const Field* after) {
  const auto filled = [form, name = before.name](const RecordState& record) {
    return record.form == form && record.shown(name) != nullptr;
  };
  if (after == nullptr) {
    changes_.push_back(
        {told_as(N_("the field “{}” is taken away: {} records"), {before.name}), filled, true});
  } else if (after->type != before.type) {
    changes_.push_back({told_as(N_("the field “{}” is of another type: {} records"), {before.name}),
                        filled, true});
  } else if (before.type == FieldType::kChoice) {
    compare_choices(form, before, *after);
  } else if (after->type == FieldType::kInteger &&
             (after->min > before.min || after->max < before.max)) {
    changes_.push_back(
        {told_as(N_("the field “{}” has narrower bounds: {} records are outside"), {before.name}),
         [form, field = *after](const RecordState& record) {
           const Value* value = record.form == form ? record.shown(field.name) : nullptr;
           return value != nullptr && value->integer() != nullptr &&
                  out_of_bounds(field, *value->integer()).has_value();
         }});
  }
}

void Differences::compare_choices(const std::string& form, const Field& before,
                                  const Field& after) {
  const Vocabulary* old = before_.vocabulary(before.vocabulary);
  const Vocabulary* now = after_.vocabulary(after.vocabulary);
  if (old == nullptr || now == nullptr) return;
  for (const Choice& choice : *old) {
    if (find_key(*now, choice.key) != nullptr) continue;
    const auto chosen = [form, name = before.name, key = choice.key](const RecordState& record) {
      return record.form == form && record.text(name) == key;
    };
    const auto renamed = std::find_if(now->begin(), now->end(), [&](const Choice& other) {
      return other.label.zh == choice.label.zh || other.label.en == choice.label.en;
    });
    if (renamed != now->end()) {
      changes_.push_back(
          {told_as(N_("{}: “{}” is now “{}” under the same label; records keep the old "
                      "key: {} records"),
                   {before.name, choice.key, renamed->key}),
           chosen, true});
    } else {
      changes_.push_back(
          {told_as(N_("{}: the choice “{}” is taken away: {} records"), {before.name, choice.key}),
           chosen, true});
    }
  }
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
