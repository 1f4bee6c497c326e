#include "command/labels.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "command/answer_fields.hpp"
#include "command/terminal/language.hpp"
#include "sync/merge/forms.hpp"
#include "sync/merge/stations.hpp"

namespace sitelog {

namespace json = boost::json;

std::string named(const std::string& name, const std::string& code) {
  return name.empty() || name == code ? code : fill(tr("{} ({})"), {name, code});
}

std::string unit_of(const json::object& line) {
  return text_in(line, line.contains("unit_name") ? "unit_name" : "unit");
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : tr(", ")) + word;
  return out;
}

std::string labelled(const std::string& label, const std::string& value) {
  return fill(tr("{}: {}"), {label, value});
}

std::string Labels::name_of(const json::object& named) const {
  return text_in(named, language_);
}

void Labels::learn(const json::object& campaign) {
  campaigns_[text_in(campaign, "campaign")] = name_of(campaign);
  for (const auto& item : array_in(campaign, "roles")) {
    const json::object& role = item.as_object();
    roles_[text_in(role, "role")][text_in(campaign, "campaign")] = name_of(role);
  }
  for (const auto& item : array_in(campaign, "forms")) {
    const json::object& form = item.as_object();
    FormLabels& out = forms_[{text_in(campaign, "campaign"), text_in(form, "form")}];
    out.campaign_called_ = {text_in(campaign, "campaign"), text_in(campaign, "zh"),
                            text_in(campaign, "en")};
    out.called_ = {text_in(form, "form"), text_in(form, "zh"), text_in(form, "en")};
    out.form_ = name_of(form);
    out.campaign_ = name_of(campaign);
    out.title_ = labelled(out.campaign_, out.form_);
    out.withdrawn_ = flag_in(campaign, "withdrawn");
    for (const auto& role : array_in(campaign, "roles")) {
      out.roles_[text_in(role.as_object(), "role")] = name_of(role.as_object());
    }
    for (const auto& name : array_in(form, "list")) out.listed_.emplace_back(name.as_string());
    for (const auto& each : array_in(form, "fields")) {
      const json::object& field = each.as_object();
      const std::string name = text_in(field, "name");
      out.fields_[name] = name_of(field);
      for (const auto& choice : array_in(field, "choices")) {
        out.choices_[{name, text_in(choice.as_object(), "value")}] = name_of(choice.as_object());
      }
    }
  }
}

const FormLabels& Labels::of(const json::object& line) const {
  static const FormLabels kNone;
  const auto at = forms_.find({text_in(line, "campaign"), text_in(line, "form")});
  return at != forms_.end() ? at->second : kNone;
}

std::string Labels::campaign(const std::string& id) const {
  const auto at = campaigns_.find(id);
  return at != campaigns_.end() ? at->second : id;
}

std::string Labels::form(const std::string& key) const {
  std::string out;
  for (const auto& [of, each] : forms_) {
    if (of.second != key) continue;
    if (!out.empty() && out != each.form_) return key;
    out = each.form_;
  }
  return out.empty() ? key : out;
}

std::string Labels::role(const std::string& key, const std::string& campaign) const {
  const auto known = roles_.find(key);
  if (known == roles_.end()) return FormLabels().role(key);
  const auto of = known->second.find(campaign);
  if (of != known->second.end()) return of->second;
  std::string out;
  std::set<std::string> said;
  for (const auto& [id, label] : known->second) {
    if (said.insert(label).second) out += (out.empty() ? "" : " / ") + label;
  }
  return out;
}

FormLabels Labels::agreed(const std::string& campaign, const std::string& form) const {
  const auto called = [](const std::vector<std::string>& names, const std::string& given) {
    return given.empty() || std::find(names.begin(), names.end(), given) != names.end();
  };
  FormLabels out;
  std::set<std::string> fields;
  std::set<std::pair<std::string, std::string>> choices;
  const auto take = [](auto& into, auto& parted, const auto& from) {
    for (const auto& [name, label] : from) {
      if (into.emplace(name, label).first->second != label) parted.insert(name);
    }
  };
  for (const auto& [of, each] : forms_) {
    if (!called(each.campaign_called_, campaign) || !called(each.called_, form)) continue;
    if (each.withdrawn_ && campaign.empty()) continue;
    take(out.fields_, fields, each.fields_);
    take(out.choices_, choices, each.choices_);
  }
  for (const auto& [key, by_campaign] : roles_) out.roles_[key] = role(key);
  for (const auto& name : fields) out.fields_.erase(name);
  for (const auto& name : choices) out.choices_.erase(name);
  return out;
}

std::string FormLabels::field(const std::string& name) const {
  const auto at = fields_.find(name);
  if (at != fields_.end()) return at->second;
  if (name == kFieldVoid) return tr("voided");
  if (name == kFieldReview) return tr("review");
  if (name == kFieldCampaign) return tr("campaign");
  if (name == kFieldSent) return tr("sent to be judged");
  if (name.starts_with(kCommentPrefix)) return tr("comment");
  if (name.starts_with(kStationPrefix)) {
    return fill(tr("verdict of {}"), {station(name.substr(kStationPrefix.size()))});
  }
  if (name.starts_with(kExplainPrefix)) {
    return fill(tr("explanation of {}"), {field(name.substr(kExplainPrefix.size()))});
  }
  return name;
}

std::string FormLabels::role(const std::string& key) const {
  const auto at = roles_.find(key);
  if (at != roles_.end()) return at->second;
  for (const char* of_the_code : {N_("administrator"), N_("viewer")}) {
    if (key == of_the_code) return tr(of_the_code);
  }
  return key;
}

std::string FormLabels::roles(const std::string& keys) const {
  std::vector<std::string> out;
  for (size_t at = 0; at <= keys.size();) {
    const size_t end = std::min(keys.find(", ", at), keys.size());
    out.push_back(role(keys.substr(at, end - at)));
    at = end + 2;
  }
  return joined(out);
}

void FormLabels::learn_units(const json::object& line) {
  for (const auto& [code, name] : object_in(line, "unit_names")) {
    if (name.is_string()) units_[std::string(code)] = name.get_string();
  }
}

std::string FormLabels::station(const json::object& station) const {
  const std::string named = role(text_in(station, "role"));
  std::string unit = unit_of(station);
  if (const auto known = units_.find(unit); known != units_.end()) unit = known->second;
  return unit.empty() ? named : fill(tr("{} ({})"), {named, unit});
}

std::string FormLabels::station(const std::string& text) const {
  const size_t at = text.find('@');
  return station(
      json::object{{"role", text.substr(0, at)},
                   {"unit", at != std::string::npos ? text.substr(at + 1) : std::string()}});
}

std::string FormLabels::verdict(const json::object& review) const {
  std::vector<std::string> words{tr(text_in(review, "verdict").c_str())};
  if (review.contains("remark")) words.push_back(text_in(review, "remark"));
  for (const auto& [name, remark] : object_in(review, "fields")) {
    words.push_back(labelled(this->field(std::string(name)),
                             remark.is_string() ? std::string(remark.get_string()) : ""));
  }
  if (review.contains("due")) {
    words.push_back(fill(tr("to be corrected by {}"), {text_in(review, "due")}));
  }
  if (const auto* whose = review.if_contains("for")) {
    words.push_back(fill(tr("settles {} as well, where nobody sits: {}"),
                         {whose->is_object() ? station(whose->get_object())
                                             : station(std::string(whose->as_string())),
                          text_in(review, "reason")}));
  }
  std::string out;
  for (const std::string& each : words) out += (out.empty() ? "" : tr("; ")) + each;
  return out;
}

std::string FormLabels::value(const std::string& field, const json::value& value) const {
  if (value.is_null()) {
    if (field == kFieldVoid) return tr("not void");
    const bool verdict = field == kFieldReview || field.starts_with(kStationPrefix);
    return verdict ? tr("pending") : tr("(nothing)");
  }
  if ((field == kFieldReview || field.starts_with(kStationPrefix)) && value.is_object()) {
    return verdict(value.get_object());
  }
  if (field == kFieldSent && value.is_object()) {
    std::vector<std::string> stations;
    for (const auto& each : array_in(value.get_object(), "chain")) {
      if (each.is_string()) stations.push_back(station(std::string(each.get_string())));
    }
    return joined(stations);
  }
  if (value.is_string()) {
    const auto at = choices_.find({field, std::string(value.get_string())});
    return at != choices_.end() ? at->second : std::string(value.get_string());
  }
  if (value.is_array()) {
    std::vector<std::string> items;
    for (const auto& item : value.get_array()) items.emplace_back(item.as_string());
    return joined(items);
  }
  if (value.is_bool()) return tr(value.get_bool() ? N_("yes") : N_("no"));
  return json::serialize(value);
}

}  // namespace sitelog
