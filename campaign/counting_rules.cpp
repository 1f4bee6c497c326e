#include "campaign/counting_rules.hpp"

#include <algorithm>

#include "campaign/counts.hpp"
#include "campaign/limits.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

bool among(const std::vector<std::string>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

const Field* field_named(const Form* form, const std::string& name) {
  if (form == nullptr || name.empty()) return nullptr;
  for (const Field& field : form->fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

}  // namespace

std::string_view name_of(LeftOut why) {
  switch (why) {
    case LeftOut::kStatus: return "status";
    case LeftOut::kDate: return "date";
    case LeftOut::kKind: return "kind";
    case LeftOut::kLevel: return "level";
    case LeftOut::kNumber: return "number";
  }
  return "status";
}

CountingRules::CountingRules(const Definition& definition)
    : campaign_(definition.id),
      form_(definition.report.form),
      from_(definition.from),
      to_(definition.to),
      held_(definition.report.held) {
  const ReportSettings& report = definition.report;
  const Form* form = definition.form(form_);
  const auto choices = [&](const std::string& name) {
    Choices out{name, {}};
    const Field* field = field_named(form, name);
    const Vocabulary* all = field != nullptr ? definition.vocabulary(field->vocabulary) : nullptr;
    for (const Choice& choice : all != nullptr ? *all : Vocabulary{}) {
      out.known.push_back(choice.key);
    }
    return out;
  };
  kind_ = choices(report.kind);
  level_ = choices(report.level);
  status_ = choices(report.status);
  const auto number = [&](const std::string& name) {
    const Field* field = field_named(form, name);
    if (field == nullptr) return Number{name, 0, limits::kCountMax};
    return Number{name, std::max<int64_t>(field->min, 0), std::min(field->max, limits::kCountMax)};
  };
  sessions_ = number(report.sessions);
  participants_ = number(report.participants);
  for (const Field& field : form != nullptr ? form->fields : std::vector<Field>{}) {
    for (const WarnRule& rule : field.warn) {
      if (rule.what != WarnRule::What::kOutsideCampaign) continue;
      dates_.push_back({field.name, rule.if_field, rule.if_values});
    }
  }
}

// One record, with what headquarters accepted of it.
class CountingRules::Judge {
 public:
  Judge(const CountingRules& rules, const RecordState& record)
      : rules_(rules), record_(record), review_(record.review()) {
    accepted_ =
        review_.verdict == ReviewVerdict::kAccepted && !review_.stale && review_.of_explanations;
  }

  // What changed since is to be judged again; what headquarters declared void counts for nothing
  // until it says otherwise, whatever a unit has done to it.
  ReviewVerdict verdict() const {
    return review_.stale && !review_.of_voiding ? ReviewVerdict::kPending : review_.verdict;
  }

  // Whether it is said to be neither held nor anything else that the campaign knows.
  bool without_status() const {
    return !rules_.status_.field.empty() && !among(rules_.status_.known, status());
  }
  bool held() const { return rules_.status_.field.empty() || among(rules_.held_, status()); }

  std::optional<LeftOut> outside() const {
    for (const DateRule& rule : rules_.dates_) {
      if (outside(rule) && !settled(rule.field)) return LeftOut::kDate;
    }
    if (unknown(rules_.kind_) && !settled(rules_.kind_.field)) return LeftOut::kKind;
    if (unknown(rules_.level_) && !settled(rules_.level_.field)) return LeftOut::kLevel;
    return std::nullopt;
  }

  // Empty where nothing is stated. What was accepted though the campaign doesn't know it is no
  // key of its own: a device can write any text there.
  std::string counted_as(const Choices& axis) const {
    if (unknown(axis)) return std::string(kUnspecified);
    return axis.field.empty() ? std::string() : record_.text(axis.field);
  }

  // Nothing where the number can't be counted.
  std::optional<int64_t> number(const Number& rule, int64_t missing) const {
    const Value* value = rule.field.empty() ? nullptr : record_.shown(rule.field);
    if (value == nullptr) return missing;
    const int64_t* number = value->integer();
    if (number == nullptr) return std::nullopt;
    if (*number >= rule.min && *number <= rule.max) return *number;
    const bool fits = *number >= -limits::kCountMax && *number <= limits::kCountMax;
    return fits && settled(rule.field) ? std::optional(*number) : std::nullopt;
  }

 private:
  std::string status() const { return record_.text(rules_.status_.field); }

  // Explained, and the explanation accepted as it stands.
  bool settled(const std::string& field) const {
    if (!accepted_ || record_.shown(std::string(kExplainPrefix) + field) == nullptr) return false;
    return !review_.accepts || among(*review_.accepts, field);
  }

  bool outside(const DateRule& rule) const {
    if (!rule.if_field.empty() && !among(rule.if_values, record_.text(rule.if_field))) return false;
    const Value* value = record_.shown(rule.field);
    if (value == nullptr) return false;
    const auto date = value->text() != nullptr ? parse_date(*value->text()) : std::nullopt;
    return !date || *date < rules_.from_ || *date > rules_.to_;
  }

  bool unknown(const Choices& choices) const {
    const Value* value = choices.field.empty() ? nullptr : record_.shown(choices.field);
    return value != nullptr && (value->text() == nullptr || !among(choices.known, *value->text()));
  }

  const CountingRules& rules_;
  const RecordState& record_;
  const Review review_;
  bool accepted_ = false;
};

std::optional<Tally> CountingRules::tally(const RecordState& record) const {
  if (!record.as_sent || record.as_sent->empty()) return tally_of_shown(record);
  return tally_of_shown(state_as_sent(record));
}

std::optional<Tally> CountingRules::tally_of_shown(const RecordState& record) const {
  if (record.form != form_ || record.voided()) return std::nullopt;
  const Judge judge(*this, record);
  if (judge.verdict() == ReviewVerdict::kRefused) return std::nullopt;
  const std::string review(name_of(judge.verdict()));
  const auto left_out = [&](LeftOut why) {
    return tally_of({{}, campaign_, {}, {}, review, {1, 0, 0}, std::string(name_of(why))});
  };
  if (judge.without_status()) return left_out(LeftOut::kStatus);
  if (!judge.held()) return std::nullopt;
  if (const auto why = judge.outside()) return left_out(*why);
  const auto sessions = judge.number(sessions_, 1);
  const auto participants = judge.number(participants_, 0);
  if (!sessions || !participants) return left_out(LeftOut::kNumber);
  return tally_of({{},
                   campaign_,
                   judge.counted_as(kind_),
                   judge.counted_as(level_),
                   review,
                   {1, *sessions, *participants}});
}

}  // namespace sitelog
