#include "engine/names_in_record.hpp"

#include "campaign/text.hpp"
#include "engine/last_unit.hpp"
#include "engine/system.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/stations.hpp"

namespace sitelog {

namespace {

constexpr size_t kRemarkTold = 200;  // characters

bool is_verdict_field(const std::string& field) {
  return field == kFieldReview || field.starts_with(kStationPrefix);
}

std::string label_of(const std::map<std::string, Label>& labels, const std::string& key,
                     Language language) {
  const auto at = labels.find(key);
  return at != labels.end() ? at->second.in(language) : key;
}

// The stations that a value names.
std::vector<Station> stations_in(const std::string& field, const Value& value) {
  if (field == kFieldSent) {
    const auto sent = read_sent(value);
    return sent ? sent->chain : std::vector<Station>();
  }
  const auto verdict = is_verdict_field(field) ? read_verdict(value) : std::nullopt;
  if (!verdict) return {};
  std::vector<Station> out;
  if (field != kFieldReview) {
    out.push_back({field.substr(kStationPrefix.size()), verdict->unit});
  }
  if (verdict->instead_of) out.push_back(*verdict->instead_of);
  return out;
}

class Words {
 public:
  Words(const NamesInRecord& names, Language language) : names_(names), language_(language) {}

  std::string station(const Station& station) const {
    const std::string role = label_of(names_.roles, station.role, language_);
    if (station.is_top()) return role;
    const auto at = names_.units.find(station.unit);
    const std::string& unit = at != names_.units.end() ? at->second : station.unit;
    return zh() ? role + "（" + unit + "）" : role + " (" + unit + ")";
  }

  // Who judged.
  std::string judge(const std::string& field, const StationVerdict& verdict) const {
    std::string out = field == kFieldReview
                          ? std::string(zh() ? "总部" : "headquarters")
                          : station({field.substr(kStationPrefix.size()), verdict.unit});
    if (verdict.instead_of) {
      out += (zh() ? "，并代" : ", and for ") + station(*verdict.instead_of);
    }
    return out;
  }

  std::string chain(const std::vector<Station>& stations) const {
    std::vector<std::string> out;
    for (const Station& each : stations) out.push_back(station(each));
    return join(out, " → ");
  }

  // Of a verdict, and on single fields.
  std::string remarks(const StationVerdict& verdict) const {
    std::vector<std::string> out;
    if (!verdict.remark.empty()) out.push_back(shortened(verdict.remark, kRemarkTold));
    for (const auto& [field, remark] : verdict.field_remarks) {
      out.push_back(label_of(names_.fields, field, language_) + (zh() ? "：" : ": ") +
                    shortened(remark, kRemarkTold));
    }
    return out.empty() ? "–" : join(out, zh() ? "；" : "; ");
  }

  std::string campaign(const std::string& id) const {
    return label_of(names_.campaigns, id, language_);
  }

 private:
  bool zh() const { return language_ == Language::kChinese; }

  const NamesInRecord& names_;
  const Language language_;
};

const char* wording(ReviewVerdict verdict) {
  switch (verdict) {
    case ReviewVerdict::kAccepted: return N_("{} accepted it ({}, {})");
    case ReviewVerdict::kReturned: return N_("{} returned it: {} ({}, {})");
    case ReviewVerdict::kRefused: return N_("{} refused it: {} ({}, {})");
    case ReviewVerdict::kPending: break;
  }
  return N_("{} took back what it had said ({}, {})");
}

}  // namespace

NamesInRecord names_in(Store& store, const CampaignCatalogue& catalogue,
                       const std::vector<HistoryEntry>& history) {
  NamesInRecord out;
  const auto learn = [&](const Definition& definition) {
    out.campaigns.emplace(definition.id, definition.title);
    for (const RoleDefinition& role : definition.roles) out.roles.emplace(role.key, role.label);
    const Form* form = definition.form(history.front().entry.form);
    if (form == nullptr) return;
    for (const Field& field : form->fields) out.fields.emplace(field.name, field.label);
  };
  for (const HistoryEntry& item : history) {
    for (const auto& [field, value, replaces] : item.entry.assignments) {
      if (field == kFieldCampaign && value.text() != nullptr) {
        const Definition* definition = catalogue.known(*value.text());
        if (definition != nullptr) learn(*definition);
      }
      for (const Station& station : stations_in(field, value)) {
        if (station.is_top() || out.units.contains(station.unit)) continue;
        const auto unit = unit_in(store, station.unit);
        out.units.emplace(station.unit,
                          unit && !unit->name.empty() ? unit->name : std::string(station.unit));
      }
    }
  }
  return out;
}

bool tells_by_itself(const std::string& field) {
  return is_verdict_field(field) || field == kFieldSent || field == kFieldVoid ||
         field == kFieldCampaign || field.starts_with(kCommentPrefix);
}

Refusal said_in_words(const std::string& field, const Value& value, const Origin& by,
                      const NamesInRecord& names) {
  const std::string who =
      by.person.empty() ? by.stream.device.hex().substr(0, 8) : shortened(by.person, 64);
  const std::string when = local_time(by.when.ms);
  // In English; behind it what is otherwise in Chinese, by its number.
  const auto in_both = [&](const char* text, const auto& say) {
    std::vector<std::string> args = say(Words(names, Language::kEnglish));
    const std::vector<std::string> chinese = say(Words(names, Language::kChinese));
    args.push_back(who);
    args.push_back(when);
    args.insert(args.end(), chinese.begin(), chinese.end());
    return Refusal{Reason::kChanged, text, std::move(args)};
  };
  using Said = std::vector<std::string>;
  if (is_verdict_field(field)) {
    const auto verdict = read_verdict(value);
    const StationVerdict said = verdict.value_or(StationVerdict());
    const bool remarked =
        said.verdict == ReviewVerdict::kReturned || said.verdict == ReviewVerdict::kRefused;
    return in_both(wording(said.verdict), [&](const Words& words) {
      return remarked ? Said{words.judge(field, said), words.remarks(said)}
                      : Said{words.judge(field, said)};
    });
  }
  if (field == kFieldSent) {
    const auto sent = read_sent(value);
    if (!sent) return {Reason::kChanged, N_("it was sent to be judged ({}, {})"), {who, when}};
    return in_both(N_("it was sent to {} ({}, {})"),
                   [&](const Words& words) { return Said{words.chain(sent->chain)}; });
  }
  if (field == kFieldCampaign) {
    const std::string id = value.text() != nullptr ? *value.text() : std::string();
    return in_both(N_("it was put into the campaign {} ({}, {})"),
                   [&](const Words& words) { return Said{words.campaign(id)}; });
  }
  if (field.starts_with(kCommentPrefix)) {
    const std::string said = value.text() != nullptr ? *value.text() : std::string();
    return {Reason::kChanged,
            N_("a comment came: {} ({}, {})"),
            {shortened(said, kRemarkTold), who, when}};
  }
  if (value.text() == nullptr) {
    return {Reason::kChanged, N_("its voiding was taken back ({}, {})"), {who, when}};
  }
  return {Reason::kChanged,
          N_("it was declared void: {} ({}, {})"),
          {shortened(*value.text(), kRemarkTold), who, when}};
}

}  // namespace sitelog
