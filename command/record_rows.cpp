#include "command/record_rows.hpp"

#include <algorithm>

#include "campaign/record_sheet.hpp"
#include "campaign/text.hpp"
#include "command/terminal/language.hpp"
#include "sync/merge/document.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kNamedBefore = 3;  // columns: record, unit, its name
constexpr size_t kNamedBehind = 3;  // review, void, person

}  // namespace

RecordRows::RecordRows(const RecordSheetMaker& maker) {
  const auto& columns = maker.form_columns();
  for (size_t i = 0; i < columns.size(); ++i) {
    fields_.push_back({columns[i].key, kNamedBefore + i, {}});
  }
  std::stable_sort(fields_.begin(), fields_.end(),
                   [](const FormColumn& a, const FormColumn& b) { return a.field < b.field; });
  for (const auto& [of, word] : maker.words()) {
    const auto at = std::lower_bound(
        fields_.begin(), fields_.end(), of.first,
        [](const FormColumn& column, const std::string& field) { return column.field < field; });
    if (at != fields_.end() && at->field == of.first) at->words.emplace(of.second, word);
  }
  for (const ReviewVerdict verdict : {ReviewVerdict::kPending, ReviewVerdict::kReturned,
                                      ReviewVerdict::kAccepted, ReviewVerdict::kRefused}) {
    for (const bool waits : {false, true}) {
      for (const bool changed : {false, true}) {
        for (const bool conflict : {false, true}) {
          const ReviewTold told{verdict, waits, changed, conflict};
          reviews_[told] = maker.review_word(told);
        }
      }
    }
  }
  row_.cells.resize(kNamedBefore + columns.size() + kNamedBehind);
}

std::string_view RecordRows::made(std::string text) {
  return made_.emplace_back(std::move(text));
}

std::string_view RecordRows::cell(const FormColumn* column, const Value& value) {
  if (const auto* text = value.text()) {
    if (column == nullptr || column->words.empty()) return *text;
    const auto word = column->words.find(*text);
    return word != column->words.end() ? word->second : std::string_view(*text);
  }
  if (const auto* integer = value.integer()) return made(std::to_string(*integer));
  if (const auto* flag = value.flag()) return *flag ? "是" : "否";
  if (const auto* list = value.list()) return made(join(*list, "、"));
  return value.is_cleared() ? std::string_view() : made(json::serialize(to_json(value)));
}

const RecordRows::Row& RecordRows::row(const ShownRecord& record, std::string_view unit_name) {
  made_.clear();
  row_.former.clear();
  row_.explained.clear();
  std::fill(row_.cells.begin(), row_.cells.end(), std::string_view());
  row_.cells[0] = made(record.record.hex());
  row_.cells[1] = record.unit;
  row_.cells[2] = unit_name;
  // Both ascend by the field.
  auto column = fields_.begin();
  for (const auto& [field, value] : record.fields) {
    while (column != fields_.end() && column->field < field) ++column;
    if (column != fields_.end() && column->field == field) {
      row_.cells[column->place] = cell(&*column, value);
    } else {
      row_.former.emplace_back(field, cell(nullptr, value));
    }
  }
  for (const auto& [field, why] : record.explanations) {
    const auto* text = why.text();
    row_.explained.emplace_back(field, text != nullptr ? std::string_view(*text) : "");
  }
  const size_t behind = row_.cells.size() - kNamedBehind;
  row_.cells[behind] = reviews_.at(
      {record.review, !record.waits_at.empty(), record.changed_since, record.in_conflict});
  row_.waits_at = record.waits_at;
  row_.cells[behind + 1] = record.why_void;
  row_.cells[behind + 2] = record.person;
  return row_;
}

json::object exported_line(const ShownRecord& record, std::string_view unit_name) {
  json::object out{{kColumnRecord, record.record.hex()},
                   {kColumnUnit, record.unit},
                   {kColumnUnitName, unit_name}};
  for (const auto& [field, value] : record.fields) out[field] = to_json(value);
  for (const auto& [field, why] : record.explanations) {
    out[std::string(kExplainPrefix) + field] = to_json(why);
  }
  out[kColumnReview] = name_of(record.review);
  if (record.changed_since) out[kColumnChanged] = true;
  if (record.in_conflict) out[kColumnConflict] = true;
  if (!record.waits_at.empty()) out[kColumnWaiting] = record.waits_at;
  if (record.voided) out[kColumnVoid] = record.why_void;
  out[kColumnPerson] = record.person;
  return out;
}

}  // namespace sitelog
