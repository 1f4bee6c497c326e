#include "campaign/record_sheet.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "campaign/text.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

struct NamedColumn {
  std::string_view key;
  Label label;
};

const std::array<NamedColumn, 10>& named_columns() {
  static const std::array<NamedColumn, 10> all{{{kColumnRecord, {"记录编号", "Record"}},
                                                {kColumnUnit, {"填报单位", "Unit"}},
                                                {kColumnUnitName, {"单位名称", "Unit's name"}},
                                                {kColumnReview, {"审核", "Review"}},
                                                {kColumnChanged, {"此后有改动", "Changed since"}},
                                                {kColumnConflict, {"有冲突", "In conflict"}},
                                                {kColumnWaiting, {"待审环节", "Waits at"}},
                                                {kColumnVoid, {"作废原因", "Voided because"}},
                                                {kColumnPerson, {"填报人", "Recorded by"}},
                                                {kColumnExplanation, {"说明", "Explanation"}}}};
  return all;
}

// As it is compared: without white space, asterisks and full width, in small letters.
std::string plain(std::string_view name) {
  std::string out;
  for (const char byte : lower(half_width(name))) {
    if (byte != ' ' && byte != '*' && (byte < '\t' || byte > '\r')) out += byte;
  }
  return out;
}

bool is_totals(std::string_view cell) {
  static constexpr std::string_view kWords[] = {"合计", "总计", "小计", "共计", "total", "totals"};
  std::string word = plain(cell);
  if (word.ends_with(':')) word.pop_back();
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

// What spreadsheets show in the place of a value that they could not work out.
bool is_sheet_error(std::string_view cell) {
  static constexpr std::string_view kErrors[] = {"#N/A",  "#REF!",  "#VALUE!", "#DIV/0!",
                                                 "#NUM!", "#NAME?", "#NULL!"};
  return std::find(std::begin(kErrors), std::end(kErrors), trimmed(cell)) != std::end(kErrors);
}

// Whether it may be the key of a field or a column, of whatever version.
bool may_be_key(std::string_view name) {
  const auto of_a_key = [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ||
           byte == '-' || byte == '.';
  };
  return !name.empty() && (name.front() == '_' || (name.front() >= 'a' && name.front() <= 'z')) &&
         std::ranges::all_of(name, of_a_key);
}

const Field* field_named(const Form& form, std::string_view name) {
  const std::string wanted = plain(name);
  if (wanted.empty()) return nullptr;
  for (const Field& field : form.fields) {
    if (plain(field.name) == wanted) return &field;
  }
  for (const Field& field : form.fields) {
    if (plain(field.label.zh) == wanted || plain(field.label.en) == wanted) return &field;
  }
  return nullptr;
}

Refusal in_file(const char* text, std::vector<std::string> args) {
  return {Reason::kInvalidFile, text, std::move(args)};
}

std::string labels_of(const Form& form) {
  std::vector<std::string> labels;
  for (const Field& field : form.fields) labels.push_back(field.label.zh);
  return join(labels, "、");
}

}  // namespace

const Label* label_of_column(std::string_view key) {
  for (const NamedColumn& column : named_columns()) {
    if (column.key == key) return &column.label;
  }
  return nullptr;
}

RecordSheet::Column RecordSheet::column_of(const Form& form, std::string_view name) {
  using What = Column::What;
  Column out{What::kNothing, {}, shortened(trimmed(name), 40)};
  const std::string wanted = plain(name);
  if (wanted.empty()) return out;
  out.what = What::kUnknown;
  if (may_be_key(trimmed(name))) out.key = std::string(trimmed(name));
  if (const Field* field = field_named(form, name)) {
    out.what = What::kField;
    out.key = field->name;
    return out;
  }
  for (const std::string_view prefix : {"_explain.", "说明:", "explanation:"}) {
    if (!wanted.starts_with(prefix)) continue;
    if (const Field* field = field_named(form, wanted.substr(prefix.size()))) {
      out.what = What::kExplanation;
      out.key = std::string(kExplainPrefix) + field->name;
      return out;
    }
  }
  for (const NamedColumn& column : named_columns()) {
    // What says more than the form asks for is passed over where Sitelog itself wrote it, and else
    // told as a column that the form does not know.
    const bool by_label = column.key == kColumnRecord || column.key == kColumnExplanation;
    const bool labelled =
        by_label && (wanted == plain(column.label.zh) || wanted == plain(column.label.en));
    if (wanted != column.key && !labelled) continue;
    out.what = column.key == kColumnRecord        ? What::kRecord
               : column.key == kColumnExplanation ? What::kAllExplanations
                                                  : What::kAside;
    out.key = column.key;
    return out;
  }
  // A running number says nothing of the event.
  if (wanted == "序号" || wanted == "no." || wanted == "#") {
    out.what = What::kAside;
    out.key.clear();
  }
  return out;
}

std::vector<RecordSheet::Column> RecordSheet::columns_of(const Form& form, const SheetRow& row) {
  std::vector<Column> out;
  for (const std::string& cell : row.cells) out.push_back(column_of(form, cell));
  return out;
}

// Labels of what is required and has no column.
std::vector<std::string> RecordSheet::missing(const Form& form,
                                              const std::vector<Column>& columns) {
  std::vector<std::string> out;
  for (const Field& field : form.fields) {
    if (!field.required || field.default_value) continue;
    const bool there = std::any_of(columns.begin(), columns.end(), [&](const Column& column) {
      return column.what == Column::What::kField && column.key == field.name;
    });
    if (!there) out.push_back(field.label.zh);
  }
  return out;
}

Answer<RecordSheet> RecordSheet::find(const Form& form, const std::vector<SheetRow>& rows,
                                      bool ignore_columns) {
  RecordSheet out;
  out.ignore_ = ignore_columns;
  size_t most = 0;
  size_t nearest = 0;
  bool found = false;
  for (size_t i = 0; i < std::min(rows.size(), kHeaderRowsMax); ++i) {
    std::vector<Column> columns = columns_of(form, rows[i]);
    size_t known = 0;
    bool keys = true;
    for (size_t at = 0; at < columns.size(); ++at) {
      if (columns[at].what == Column::What::kNothing) continue;
      known += columns[at].what != Column::What::kUnknown;
      keys = keys && !columns[at].key.empty() && trimmed(rows[i].cells[at]) == columns[at].key;
    }
    const bool complete = known > 0 && missing(form, columns).empty();
    if (known > most) {
      most = known;
      nearest = i;
    }
    if (!complete || (found && !keys)) continue;
    // People know the columns by what stands above their keys.
    for (size_t at = 0; at < std::min(columns.size(), out.columns_.size()); ++at) {
      if (!out.columns_[at].shown.empty()) columns[at].shown = out.columns_[at].shown;
    }
    out.columns_ = std::move(columns);
    out.header_ = rows[i].number;
    found = true;
    if (keys) break;
  }
  if (!found && most == 0) {
    return in_file(N_("no row among the first {} names the columns; the form asks for: {}. "
                      "“template” makes a sheet to fill in"),
                   {std::to_string(kHeaderRowsMax), labels_of(form)});
  }
  if (!found) return incomplete(form, rows[nearest]);
  std::vector<FieldProblem> problems = out.check(form, ignore_columns);
  if (problems.empty()) return out;
  return DetailedRefusal(
      in_file(N_("the columns that row {} names do not fit the form: nothing was saved"),
              {std::to_string(out.header_)}),
      std::move(problems));
}

DetailedRefusal RecordSheet::incomplete(const Form& form, const SheetRow& row) {
  const std::vector<Column> columns = columns_of(form, row);
  const std::vector<std::string> labels = missing(form, columns);
  std::vector<FieldProblem> problems;
  for (const std::string& label : labels) {
    problems.push_back({label, in_file(N_("this is required, and no column is called so"), {})});
  }
  for (size_t at = 0; at < columns.size(); ++at) {
    if (columns[at].what != Column::What::kUnknown) continue;
    problems.push_back({columns[at].shown, in_file(N_("the form has no column of this name (column "
                                                      "{})"),
                                                   {column_letters(at)})});
  }
  return {in_file(N_("row {} names columns, but these are required and missing: {}"),
                  {std::to_string(row.number), join(labels, "、")}),
          std::move(problems)};
}

bool RecordSheet::repeats_keys(const SheetRow& row) const {
  size_t keys = 0;
  for (size_t at = 0; at < row.cells.size(); ++at) {
    const std::string_view cell = trimmed(row.cells[at]);
    if (cell.empty()) continue;
    if (!may_be_key(cell)) return false;
    if (at >= columns_.size() || columns_[at].key.empty()) continue;
    if (cell != columns_[at].key) return false;
    ++keys;
  }
  return keys > 1;
}

std::vector<FieldProblem> RecordSheet::check(const Form& form, bool ignore_columns) {
  std::vector<FieldProblem> out;
  std::set<std::string> known;
  const bool names_records =
      std::ranges::find(columns_, Column::What::kRecord, &Column::what) != columns_.end();
  for (size_t at = 0; at < columns_.size(); ++at) {
    Column& column = columns_[at];
    const bool former = names_records && !ignore_columns && !column.key.empty();
    if (column.what == Column::What::kUnknown && former) column.what = Column::What::kFormer;
    if (column.what == Column::What::kUnknown) {
      if (ignore_columns) {
        ignored_.push_back(column.shown);
      } else {
        out.push_back({column.shown,
                       in_file(N_("the form has no such column (column {}); it has: {}. Name it "
                                  "otherwise, or let it be left out (--ignore-columns)"),
                               {column_letters(at), labels_of(form)})});
      }
    } else if (!column.key.empty() && !known.insert(column.key).second) {
      out.push_back({column.shown, in_file(N_("this column is there twice"), {})});
    }
  }
  return out;
}

SheetRecord RecordSheet::read(const SheetRow& row) const {
  SheetRecord out;
  for (const std::string& cell : row.cells) {
    if (trimmed(cell).empty()) continue;
    if (is_totals(cell)) out.kind = SheetRecord::Kind::kTotals;
    break;
  }
  if (out.kind == SheetRecord::Kind::kTotals || repeats_keys(row)) return out;
  for (size_t at = 0; at < row.cells.size(); ++at) {
    const std::string& cell = row.cells[at];
    if (trimmed(cell).empty()) continue;
    const Column column = at < columns_.size() ? columns_[at] : Column{};
    switch (column.what) {
      case Column::What::kNothing:
        if (ignore_) continue;
        out.problems.push_back({{},
                                in_file(N_("something stands in column {}, which has no name: {}"),
                                        {column_letters(at), shortened(trimmed(cell), 40)})});
        break;
      case Column::What::kField:
      case Column::What::kFormer:
      case Column::What::kExplanation:
        if (is_sheet_error(cell)) {
          out.problems.push_back({column.key, in_file(N_("the sheet could not work this out: {}"),
                                                      {std::string(trimmed(cell))})});
        } else {
          out.input[column.key] = boost::json::value(cell);
        }
        break;
      case Column::What::kAllExplanations: out.explanation = cell; break;
      case Column::What::kRecord: out.record = std::string(trimmed(cell)); break;
      case Column::What::kAside:
        if (column.key == kColumnUnit) out.unit = std::string(trimmed(cell));
        if (column.key == kColumnVoid) out.void_reason = std::string(trimmed(cell));
        continue;
      case Column::What::kUnknown: continue;
    }
    out.kind = SheetRecord::Kind::kEvent;
  }
  if (!out.record.empty()) {
    for (const Column& column : columns_) {
      const bool field =
          column.what == Column::What::kField || column.what == Column::What::kFormer;
      if (field) out.input.emplace(column.key, "");
    }
  }
  return out;
}

bool explain_all(const Definition& definition, const std::string& form, RawInput& input,
                 const std::string& explanation, const CheckContext& context) {
  const Checked checked = check_input(definition, form, input, context);
  for (const FieldProblem& warning : checked.warnings) {
    input[std::string(kExplainPrefix) + warning.field] = boost::json::value(explanation);
  }
  return !checked.warnings.empty();
}

}  // namespace sitelog
