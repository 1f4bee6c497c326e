#include "engine/presentation.hpp"

#include "console/language.hpp"
#include "engine/operations.hpp"
#include "engine/system.hpp"
#include "sync/ledger/result.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kShownIdDigits = 12;

std::string short_id(const json::object& line, const char* name) {
  return text_arg(line, name).substr(0, kShownIdDigits);
}

std::string when(const json::object& line) {
  return local_time(number_arg(line, "wall").value_or(0));
}

std::string who(const json::object& line) {
  const std::string person = text_arg(line, "person");
  const std::string device = text_arg(line, "device").substr(0, 8);
  const bool headquarters = text_arg(line, "role") == "headquarters";
  return (person.empty() ? std::string(tr("the device")) : person) +
         (headquarters ? std::string(" (") + tr("headquarters") + ")" : " (" + device + ")");
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

const json::object& object_in(const json::object& from, const char* name) {
  static const json::object none;
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_object() ? value->get_object() : none;
}

const json::array& array_in(const json::object& from, const char* name) {
  static const json::array none;
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

}  // namespace

std::string Labels::of(const json::object& named) const {
  return text_arg(named, language_);
}

void Labels::learn(const json::object& campaign) {
  for (const auto& form : array_in(campaign, "forms")) {
    for (const auto& item : array_in(form.as_object(), "fields")) {
      const json::object& field = item.as_object();
      const std::string name = text_arg(field, "name");
      fields_[name] = of(field);
      for (const auto& choice : array_in(field, "choices")) {
        choices_[{name, text_arg(choice.as_object(), "value")}] = of(choice.as_object());
      }
    }
  }
}

std::string Labels::field(const std::string& name) const {
  const auto at = fields_.find(name);
  if (at != fields_.end()) return at->second;
  if (name == kFieldVoid) return tr("voided");
  if (name == kFieldReview) return tr("review");
  if (name == kFieldCampaign) return tr("campaign");
  if (name.starts_with(kExplainPrefix)) {
    return std::string(tr("explanation of")) + " " + field(name.substr(kExplainPrefix.size()));
  }
  return name;
}

std::string Labels::value(const std::string& field, const json::value& value) const {
  if (value.is_null()) return tr("(nothing)");
  if (field == kFieldReview && value.is_object()) {
    return tr(text_arg(value.get_object(), "verdict").c_str());
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
  return json::serialize(value);
}

std::string review_text(const json::object& review) {
  const std::string state = text_arg(review, "state");
  std::string out = tr(state.empty() ? N_("pending") : state.c_str());
  if (flag_arg(review, "changed_since")) out += std::string(", ") + tr("changed since");
  return out;
}

Table records_table(const std::vector<json::object>& records, const Labels& labels,
                    bool with_unit) {
  Table out;
  std::vector<Heading> header{{tr("record")}};
  if (with_unit) header.push_back({tr("unit")});
  const std::vector<std::string> columns{"date",     "kind",         "level", "title",
                                         "sessions", "participants", "status"};
  for (const auto& column : columns) header.push_back({labels.field(column)});
  header.push_back({tr("review")});
  header.push_back({tr("remarks")});
  out.header.push_back(std::move(header));
  for (const json::object& record : records) {
    std::vector<Cell> row{short_id(record, "record")};
    if (with_unit) row.push_back(text_arg(record, "unit"));
    const json::object& fields = object_in(record, "fields");
    for (const auto& column : columns) {
      const auto* value = fields.if_contains(column);
      if (value == nullptr) {
        row.push_back(std::string());
      } else if (value->is_int64()) {
        row.push_back(value->get_int64());
      } else {
        row.push_back(labels.value(column, *value));
      }
    }
    row.push_back(review_text(object_in(record, "review")));
    std::vector<std::string> remarks;
    if (record.contains("void")) remarks.emplace_back(tr("voided"));
    std::vector<std::string> conflicts;
    for (const auto& field : array_in(record, "conflicts")) {
      conflicts.push_back(labels.field(std::string(field.as_string())));
    }
    if (!conflicts.empty()) {
      remarks.push_back(std::string(tr("conflict:")) + " " + joined(conflicts));
    }
    if (record.contains("parallel")) remarks.emplace_back(tr("parallel changes"));
    if (const auto* held = record.if_contains("held")) {
      remarks.emplace_back(tr(held->as_bool() ? N_("held by headquarters") : N_("to send")));
    }
    row.push_back(joined(remarks));
    out.rows.push_back(std::move(row));
  }
  return out;
}

std::string conflict_text(const json::object& conflict, const Labels& labels) {
  const std::string field = text_arg(conflict, "field");
  std::string out;
  if (conflict.contains("record")) {
    out += std::string(tr("record")) + " " + short_id(conflict, "record") + ", ";
  }
  const auto* shown = conflict.if_contains("shown");
  out += labels.field(field) + " (" + field + "): " + tr("shown") + " " +
         (shown != nullptr && !shown->is_null() ? labels.value(field, *shown)
                                                : std::string(tr("(undecided)"))) +
         ", " + tr("by policy") + " " + text_arg(conflict, "policy") + "\n";
  int number = 0;
  for (const auto& item : array_in(conflict, "candidates")) {
    const json::object& candidate = item.as_object();
    out += "  " + std::to_string(++number) + ") " + labels.value(field, candidate.at("value")) +
           "  — " + who(candidate) + ", " + when(candidate);
    if (const auto corrected = number_arg(candidate, "corrected_wall")) {
      out += std::string(" (") + tr("clock corrected:") + " " + local_time(*corrected) + ")";
    }
    out += "\n";
  }
  return out;
}

std::string record_text(const json::object& record, const Labels& labels) {
  std::string out = std::string(tr("record")) + " " + text_arg(record, "record") + "\n" +
                    tr("unit") + " " + text_arg(record, "unit") + ", " + tr("campaign") + " " +
                    text_arg(record, "campaign") + "\n\n";
  for (const auto& [name, value] : object_in(record, "fields")) {
    out += "  " + labels.field(std::string(name)) + ": " + labels.value(std::string(name), value) +
           "\n";
  }
  for (const auto& [name, value] : object_in(record, "explanations")) {
    out += std::string("  ") + tr("explanation of") + " " + labels.field(std::string(name)) + ": " +
           labels.value(std::string(name), value) + "\n";
  }
  if (const auto* reason = record.if_contains("void")) {
    out += std::string("\n") + tr("voided:") + " " + labels.value("_void", *reason) + "\n";
  }
  const json::object& review = object_in(record, "review");
  out += std::string("\n") + tr("review") + ": " + review_text(review);
  if (review.contains("remark")) out += ". " + text_arg(review, "remark");
  if (review.contains("due"))
    out += std::string(" (") + tr("due") + " " + text_arg(review, "due") + ")";
  out += "\n";
  for (const auto& [name, remark] : object_in(review, "fields")) {
    out += "  " + labels.field(std::string(name)) + ": " + std::string(remark.as_string()) + "\n";
  }
  if (const auto* held = record.if_contains("held")) {
    out += held->as_bool() ? std::string(tr("held by headquarters")) + ", " +
                                 local_time(number_arg(record, "held_since").value_or(0)) + "\n"
                           : std::string(tr("waiting here to be sent")) + "\n";
  }
  const json::array& conflicts = array_in(record, "conflicts");
  if (!conflicts.empty()) out += std::string("\n") + tr("conflicts") + ":\n";
  for (const auto& conflict : conflicts) out += conflict_text(conflict.as_object(), labels);
  if (const auto parallel = number_arg(record, "parallel")) {
    out += std::string("\n") +
           fill(tr("{} changes were made without knowing of each other (different fields, nothing "
                   "to decide)"),
                {std::to_string(*parallel)}) +
           "\n";
  }
  out += std::string("\n") + tr("history") + ":\n";
  for (const auto& item : array_in(record, "entries")) {
    const json::object& entry = item.as_object();
    out += "  " + when(entry) + "  " + who(entry);
    if (entry.contains("quarantined")) {
      out += std::string("  [") + tr("in quarantine:") + " " + text_arg(entry, "quarantined") + "]";
    }
    if (const auto* held = entry.if_contains("held")) {
      if (!held->as_bool()) out += std::string("  [") + tr("to send") + "]";
    }
    out += "\n";
    for (const auto& [name, assigned] : object_in(entry, "fields")) {
      out += "      " + labels.field(std::string(name)) + " = " +
             labels.value(std::string(name), assigned.at("value")) + "\n";
    }
  }
  return out;
}

}  // namespace sitelog
