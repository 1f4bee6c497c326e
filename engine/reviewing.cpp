#include "engine/reviewing.hpp"

#include <algorithm>

#include "campaign/chain.hpp"
#include "campaign/text.hpp"
#include "campaign/validation.hpp"
#include "engine/authoring_parts.hpp"
#include "engine/known_units.hpp"
#include "engine/station_words.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

// What stands in the way of accepting it: of what was sent, what is in conflict as it was sent;
// else of the record. Verdicts that a station gave at once are decided by a new one of that
// station's.
std::vector<FieldProblem> conflicts_of(const RecordState& state) {
  std::vector<FieldProblem> out;
  for (const auto& [field, conflict] : state.conflicts) {
    // Whether it is void is asked of the record as it is now.
    const bool changed = state.as_sent && state.as_sent->contains(field) && field != kFieldVoid;
    if (state.as_sent && (changed || !is_sent_field(field))) continue;
    out.push_back({field,
                   {Reason::kInvalidValue,
                    N_("this is in conflict: decide it before accepting the record"),
                    {}}});
  }
  return out;
}

constexpr size_t kConflictsNamedMax = 8;

// What of a record that was sent has come into conflict since; nothing where that is nothing.
std::optional<Refusal> conflicts_since(const Definition* definition, const RecordState& state) {
  std::vector<std::string> fields;
  const Form* form = definition != nullptr ? definition->form(state.form) : nullptr;
  for (const auto& [field, conflict] : state.conflicts) {
    if (!is_sent_field(field) || !state.as_sent->contains(field)) continue;
    const Field* known = form != nullptr ? form->field(field) : nullptr;
    fields.push_back(known != nullptr ? known->label.zh : shortened(field, 64));
    if (fields.size() == kConflictsNamedMax) break;
  }
  if (fields.empty()) return std::nullopt;
  return Refusal{Reason::kInvalidValue,
                 N_("it is in conflict since it was sent ({、}): nobody has decided what holds "
                    "there, and the verdict says nothing of it"),
                 std::move(fields)};
}

// One verdict on one record, given in a transaction.
class Reviewing {
 public:
  Reviewing(Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found,
            const GivenVerdict& given, const Chairs& chairs, const Author& author,
            const RecordState& state)
      : store_(store),
        catalogue_(catalogue),
        found_(found),
        given_(given),
        chairs_(chairs),
        author_(author),
        state_(state),
        definition_(catalogue.known(state.campaign())),
        form_(form_of(catalogue, state)) {}

  Result<Saved> run() {
    if (state_.voided() && !refusals_of_voiding(state_).empty()) {
      return Refusal{Reason::kNotPermitted,
                     N_("headquarters declared record {} void ({}): it takes that back before the "
                        "record is judged"),
                     {found_.record.hex(), shortened(state_.text(kFieldVoid), kReasonToldMax)}};
    }
    if (auto named = name_fields(); !named) return named.refusal();
    if (accepts_it()) {
      if (state_.as_sent && state_.conflicts.contains(std::string(kFieldSent))) {
        return Refusal{Reason::kInvalidValue,
                       N_("several devices of its unit sent record {} at once, and not the same: "
                          "return it, so that its unit looks at it and sends it again"),
                       {found_.record.hex()}};
      }
      if (auto problems = conflicts_of(state_); !problems.empty()) {
        return Saved{.problems = std::move(problems)};
      }
    }
    return state_.as_sent ? by_station() : as_a_whole();
  }

 private:
  bool accepts_it() const { return given_.verdict == ReviewVerdict::kAccepted; }

  Result<> name_fields() {
    for (const auto& [field, remark] : given_.field_remarks) {
      const auto name = field_name(form_, field);
      if (!name) return name.refusal();
      if (!remarks_.emplace(*name, remark).second) {
        return Refusal{Reason::kInvalidValue, N_("{} is given twice"), {*name}};
      }
    }
    return Done{};
  }

  // Whoever accepts is told what nobody explained.
  std::vector<FieldProblem> unexplained(const RecordState& shown) const {
    const Definition* definition = catalogue_.campaign(state_.campaign());
    if (definition == nullptr || !accepts_it()) return {};
    return unusual(*definition, shown, author_.today, unit_name_in(store_, found_.unit));
  }

  bool asks_stations() const {
    const Definition* definition = catalogue_.campaign(state_.campaign());
    return definition != nullptr && form_ != nullptr && !definition->stations_of(*form_).empty();
  }

  Result<Saved> as_a_whole() {
    const bool of_stations =
        !given_.station.empty() || !given_.instead_of.empty() || given_.accepts.has_value();
    if (auto refusal = not_judged_as_a_whole(catalogue_, found_, state_, chairs_, of_stations)) {
      return *std::move(refusal);
    }
    const bool has_stations = asks_stations();
    if (has_stations && !given_.also_unsent) {
      return Refusal{
          Reason::kNotPermitted,
          N_("record {} was not sent yet, and its unit may still be at work on it: judge "
             "it by itself, or say that those are meant as well (command line: "
             "--unsent)"),
          {found_.record.hex()}};
    }
    Review review;
    review.verdict = given_.verdict;
    review.remark = given_.remark;
    review.field_remarks = remarks_;
    review.due = given_.due;
    std::vector<Refusal> notices;
    if (has_stations) {
      notices.push_back({Reason::kInvalidValue,
                         N_("it was not sent yet: no station below headquarters has seen it, and "
                            "its unit may still be at work on it"),
                         {}});
    }
    return say(kFieldReview, review_value(review, state_), true, state_, std::move(notices));
  }

  Result<Saved> say(std::string_view field, const Value& value, bool by_top,
                    const RecordState& shown, std::vector<Refusal> notices) {
    std::map<std::string, Value> values{{std::string(field), value}};
    if (by_top) take_back_review(values, notices);
    std::vector<FieldProblem> open = unexplained(shown);
    if (!open.empty()) {
      notices.push_back({Reason::kInvalidValue,
                         N_("what the warnings name was not explained: what lies outside the "
                            "campaign (a date, a kind, a level, a number out of bounds) is left "
                            "out of the counts also when accepted; return it to have it explained"),
                         {}});
    }
    auto saved = given_.preview
                     ? would_save(values, std::move(open))
                     : save_change(store_, found_, state_, values, author_, std::move(open));
    if (saved) saved->notices = std::move(notices);
    return saved;
  }

  Result<Saved> would_save(const std::map<std::string, Value>& values,
                           std::vector<FieldProblem> warnings) const {
    const Entry entry = compose(&state_, found_.record, found_.form, values);
    return Saved{.record = found_.record,
                 .warnings = std::move(warnings),
                 .would_be_written = !entry.assignments.empty()};
  }

  // What headquarters said of the record as a whole ends with what its station says of what was
  // sent; where that was that it is void, somebody else took that back.
  void take_back_review(std::map<std::string, Value>& values, std::vector<Refusal>& notices) const {
    if (state_.shown(kFieldReview) == nullptr) return;
    if (!refusals_of_voiding(state_).empty()) {
      notices.push_back(
          {Reason::kInvalidValue,
           N_("headquarters had declared the record void, and its unit took that back: "
              "from now on this verdict counts in place of that"),
           {}});
    }
    values.try_emplace(std::string(kFieldReview));
  }

  Refusal not_sent_here(const std::vector<StationSaid>& stations) const {
    std::vector<Station> asked;
    for (const StationSaid& each : stations) asked.push_back(each.station);
    return sits_at_none(definition_, found_, chairs_, asked);
  }

  // As which they speak: the one they name, else the first that is silent, else the last.
  Result<Station> station() const {
    const auto stations = state_.stations();
    std::optional<Station> last;
    for (const StationSaid& each : stations) {
      if (!given_.station.empty() && !is_called(definition_, each.station.role, given_.station))
        continue;
      if (!chairs_.at(each.station, catalogue_, state_, found_.unit)) continue;
      last = each.station;
      if (!each.said) break;
    }
    return last ? Result<Station>(*last) : not_sent_here(stations);
  }

  // Whose chair is empty: a station below theirs that has not spoken.
  Result<std::optional<Station>> instead_of(const Station& own) const {
    if (given_.instead_of.empty()) return std::optional<Station>();
    if (is_blank(given_.reason)) {
      return Refusal{Reason::kInvalidValue,
                     N_("say why you act for an empty chair (command line: --reason TEXT)"),
                     {}};
    }
    for (const StationSaid& each : state_.stations()) {
      if (each.station == own) break;
      if (!is_called(definition_, each.station.role, given_.instead_of)) continue;
      const Unit* unit = chairs_.units().unit(each.station.unit);
      // A role that the campaign, published anew, has no more is nobody's.
      const bool is_role =
          definition_ != nullptr && definition_->role(each.station.role) != nullptr;
      const bool sits =
          is_role && unit != nullptr && unit->is_filled(each.station.role, state_.campaign());
      if (sits && is_below(chairs_.units(), found_.unit, each.station)) {
        return Refusal{Reason::kInvalidValue,
                       N_("{} is no empty chair: somebody has that role there, and speaks for it"),
                       in_both(definition_, chairs_.units(), {each.station})};
      }
      if (!each.said) return std::optional(each.station);
      return Refusal{Reason::kInvalidValue, N_("{} has spoken already: nobody acts in its place"),
                     in_both(definition_, chairs_.units(), {each.station})};
    }
    return Refusal{Reason::kInvalidValue,
                   N_("no station {} is asked before yours: there is no such chair to act for"),
                   {shortened(given_.instead_of, 64)}};
  }

  // Of what another station said, and what counts before this verdict: that it does, and what
  // helps.
  std::optional<Refusal> what_stands(const Station& own) const {
    std::optional<Station> refused, returned;
    for (const StationSaid& each : state_.stations()) {
      if (!each.said || each.station == own) continue;
      if (each.said->of_voiding) {
        return Refusal{Reason::kInvalidValue,
                       N_("the record stays refused: headquarters declared it void, and that "
                          "counts until headquarters judges it again"),
                       {}};
      }
      if (each.said->verdict == ReviewVerdict::kRefused && !refused) refused = each.station;
      if (each.said->verdict == ReviewVerdict::kReturned && !returned) returned = each.station;
    }
    if (refused && given_.verdict != ReviewVerdict::kRefused) {
      return Refusal{Reason::kInvalidValue,
                     N_("the record stays refused: {} refused what was sent, and that counts until "
                        "it says otherwise there, or its unit corrects the record and sends it "
                        "again"),
                     in_both(definition_, chairs_.units(), {*refused})};
    }
    if (returned && accepts_it()) {
      return Refusal{Reason::kInvalidValue,
                     N_("the record stays returned: {} returned what was sent, and that counts "
                        "until it says otherwise there, or its unit corrects the record and sends "
                        "it again"),
                     in_both(definition_, chairs_.units(), {*returned})};
    }
    return std::nullopt;
  }

  // Whoever accepts at the top is told of whom nobody has heard.
  std::optional<Refusal> who_is_silent(const Station& own,
                                       const std::optional<Station>& chair) const {
    if (!own.is_top() || !accepts_it()) return std::nullopt;
    std::vector<Station> silent;
    for (const StationSaid& each : state_.stations()) {
      if (!each.said && !each.by && each.station != own && each.station != chair) {
        silent.push_back(each.station);
      }
    }
    if (silent.empty()) return std::nullopt;
    return Refusal{Reason::kInvalidValue,
                   N_("not heard before you accepted: {}; what they say later counts as well, a "
                      "return or a refusal more than this"),
                   chain_in_both(definition_, chairs_.units(), silent)};
  }

  // What the station said of the same before goes, and with it what that settled.
  void replaced_by(const Station& own, const Value& now, const std::optional<Station>& chair,
                   std::vector<Refusal>& notices) const {
    const Value* before = state_.shown(station_field(own.role));
    const auto verdict = before != nullptr ? read_verdict(*before) : std::nullopt;
    const bool stands = verdict && verdict->of == state_.sent_name() && verdict->unit == own.unit;
    if (!stands || *before == now) return;
    const char* text =
        verdict->verdict == ReviewVerdict::kAccepted
            ? N_("this takes the place of the acceptance given there before, and of its remark; "
                 "the history keeps it")
        : verdict->verdict == ReviewVerdict::kReturned
            ? N_("this takes the place of the return given there before, and of its remarks; the "
                 "history keeps it")
            : N_("this takes the place of the refusal given there before, and of its remark; the "
                 "history keeps it");
    notices.push_back({Reason::kInvalidValue, text, {}});
    if (!verdict->instead_of || verdict->instead_of == chair) return;
    notices.push_back({Reason::kInvalidValue,
                       N_("what was said before settled {} too, where nobody sits: not any more"),
                       in_both(definition_, chairs_.units(), {*verdict->instead_of})});
  }

  // The fields whose explanations are accepted, by name.
  Result<std::vector<std::string>> accepted_fields(const RecordState& shown) const {
    std::vector<std::string> out;
    for (const std::string& each : *given_.accepts) {
      const auto name = field_name(form_, each);
      if (!name) return name.refusal();
      if (shown.shown(std::string(kExplainPrefix) + *name) == nullptr) {
        return Refusal{Reason::kInvalidValue, N_("{} was not explained when it was sent"), {*name}};
      }
      out.push_back(*name);
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  Result<Saved> by_station() {
    const auto own = station();
    if (!own) return own.refusal();
    const auto chair = instead_of(*own);
    if (!chair) return chair.refusal();
    const RecordState shown = state_as_sent(state_);
    StationVerdict verdict{.verdict = given_.verdict,
                           .unit = own->unit,
                           .of = state_.sent_name(),
                           .remark = given_.remark,
                           .field_remarks = remarks_,
                           .due = given_.due,
                           .instead_of = *chair,
                           .reason = *chair ? given_.reason : std::string()};
    if (given_.accepts) {
      auto accepted = accepted_fields(shown);
      if (!accepted) return accepted.refusal();
      verdict.accepts = *std::move(accepted);
    }
    std::vector<Refusal> notices;
    if (!state_.as_sent->empty()) {
      notices.push_back({Reason::kInvalidValue,
                         N_("the record was changed since it was sent: the verdict is on what was "
                            "sent"),
                         {}});
    }
    if (auto conflict = conflicts_since(definition_, state_)) {
      notices.push_back(*std::move(conflict));
    }
    if (auto other = asked_otherwise(catalogue_, state_, chairs_.units(), found_.unit)) {
      notices.push_back(*std::move(other));
    }
    if (*chair) {
      notices.push_back({Reason::kInvalidValue,
                         N_("this settles both stations: {} for itself, and for {}, where nobody "
                            "sits"),
                         in_both(definition_, chairs_.units(), {*own, **chair})});
    }
    const Value said = verdict_value(verdict);
    replaced_by(*own, said, *chair, notices);
    if (auto stands = what_stands(*own)) notices.push_back(*std::move(stands));
    if (auto silent = who_is_silent(*own, *chair)) notices.push_back(*std::move(silent));
    return say(station_field(own->role), said, own->is_top(), shown, std::move(notices));
  }

  Store& store_;
  const CampaignCatalogue& catalogue_;
  const FoundRecord& found_;
  const GivenVerdict& given_;
  const Chairs& chairs_;
  const Author& author_;
  const RecordState& state_;
  const Definition* definition_;  // null: not known here
  const Form* form_;
  std::map<std::string, std::string> remarks_;  // by the fields' names
};

}  // namespace

std::optional<Refusal> not_judged_as_a_whole(const CampaignCatalogue& catalogue,
                                             const FoundRecord& found, const RecordState& state,
                                             const Chairs& chairs, bool speaks_of_stations) {
  if (speaks_of_stations) {
    return Refusal{Reason::kInvalidValue,
                   N_("record {} was not sent to stations: headquarters judges it as a whole"),
                   {found.record.hex()}};
  }
  if (!chairs.at_top(catalogue, state, found.unit)) {
    return Refusal{Reason::kNotPermitted,
                   N_("record {} was not sent yet: it is for headquarters alone to judge it"),
                   {found.record.hex()}};
  }
  return std::nullopt;
}

Refusal sits_at_none(const Definition* definition, const FoundRecord& found, const Chairs& chairs,
                     const std::vector<Station>& asked) {
  std::vector<std::string> args = chain_in_both(definition, chairs.units(), asked);
  args.insert(args.begin(), found.record.hex());
  return {Reason::kNotPermitted, N_("record {} asks the stations {}: you sit at none of these"),
          std::move(args)};
}

Result<Saved> save_review(Store& store, const CampaignCatalogue& catalogue,
                          const FoundRecord& found, const GivenVerdict& given, const Chairs& chairs,
                          const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  return Reviewing(store, catalogue, found, given, chairs, author, *state).run();
}

}  // namespace sitelog
