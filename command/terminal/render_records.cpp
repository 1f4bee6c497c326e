#include "command/terminal/render_records.hpp"

#include <algorithm>
#include <charconv>

#include "campaign/calendar.hpp"
#include "campaign/text.hpp"
#include "command/terminal/width.hpp"
#include "command/terminal/workbook.hpp"
#include "sheets/delimited.hpp"

namespace sitelog {

namespace {

constexpr size_t kRowsToFillIn = 2000;  // beyond those that are there
constexpr size_t kHeadRows = 2;
constexpr size_t kNarrowest = 10;
constexpr size_t kWidest = 40;
constexpr size_t kHintTitleMax = 32;  // what the format allows, in characters
constexpr size_t kHintMax = 255;
constexpr size_t kCellLengthMax = 16'383;  // in the UTF-16 units that a sheet counts: 32,766
constexpr const char* kChoicesSheet = "choices";

std::optional<double> integer_in(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  constexpr int64_t kExact = int64_t{1} << 53;
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number > -kExact && number < kExact ? std::optional(static_cast<double>(number))
                                             : std::nullopt;
}

// Writes one RecordTable as the first sheet, and its choices as a hidden one.
class RecordsSheet {
 public:
  RecordsSheet(lxw_workbook* book, const RecordTable& table) : book_(book), table_(table) {}

  void write() {
    sheet_ = ::workbook_add_worksheet(book_, sheet_name(table_.title).c_str());
    choices_ = ::workbook_add_worksheet(book_, kChoicesSheet);
    if (sheet_ == nullptr || choices_ == nullptr) check_written(LXW_ERROR_MEMORY_MALLOC_FAILED);
    for (size_t column = 0; column < table_.columns.size(); ++column) {
      write_head(column);
      write_rule(column);
    }
    for (size_t row = 0; row < table_.rows.size(); ++row) write_row(row);
    lxw_row_col_options hidden{};
    hidden.hidden = LXW_TRUE;
    check_written(::worksheet_set_row_opt(sheet_, 1, LXW_DEF_ROW_HEIGHT, nullptr, &hidden));
    ::worksheet_freeze_panes(sheet_, kHeadRows, 0);
    ::worksheet_hide(choices_);
    ::worksheet_activate(sheet_);
  }

 private:
  lxw_format* format(const char* numbers, bool wrapped = false) {
    lxw_format* made = ::workbook_add_format(book_);
    ::format_set_font_name(made, "宋体");
    ::format_set_num_format(made, numbers);
    ::format_set_align(made, LXW_ALIGN_VERTICAL_CENTER);
    if (wrapped) ::format_set_text_wrap(made);
    return made;
  }

  void write_head(size_t column) {
    const RecordColumn& about = table_.columns[column];
    lxw_format* head = format("@", true);
    ::format_set_bold(head);
    ::format_set_border(head, LXW_BORDER_THIN);
    ::format_set_align(head, LXW_ALIGN_CENTER);
    const std::string label = about.label + (about.required ? "*" : "");
    check_written(
        ::worksheet_write_string(sheet_, 0, sheet_column(column), cell_text(label).c_str(), head));
    check_written(::worksheet_write_string(sheet_, 1, sheet_column(column),
                                           cell_text(about.key).c_str(), head));
    size_t width = display_width(label);
    for (const auto& row : table_.rows) {
      if (column < row.size()) width = std::max(width, display_width(row[column]));
    }
    formats_.push_back(format(about.what == RecordColumn::What::kInteger ? "0"
                              : about.what == RecordColumn::What::kDate  ? "yyyy-mm-dd"
                                                                         : "@",
                              true));
    check_written(::worksheet_set_column(
        sheet_, sheet_column(column), sheet_column(column),
        static_cast<double>(std::clamp(width + 2, kNarrowest, kWidest)), formats_.back()));
  }

  // What may stand in the column's cells, as far as it is known there.
  void write_rule(size_t column) {
    const RecordColumn& about = table_.columns[column];
    lxw_data_validation rule{};
    rule.validate = LXW_VALIDATION_TYPE_ANY;
    rule.error_type = LXW_VALIDATION_ERROR_TYPE_WARNING;
    std::string from;
    if (about.what == RecordColumn::What::kChoice && !about.choices.empty()) {
      for (size_t i = 0; i < about.choices.size(); ++i) {
        check_written(::worksheet_write_string(choices_, sheet_row(i), sheet_column(column),
                                               cell_text(about.choices[i]).c_str(), nullptr));
      }
      const std::string letters = "$" + column_letters(column) + "$";
      from = std::string("=") + kChoicesSheet + "!" + letters + "1:" + letters +
             std::to_string(about.choices.size());
      rule.validate = LXW_VALIDATION_TYPE_LIST_FORMULA;
      rule.value_formula = from.data();
    } else if (about.what == RecordColumn::What::kInteger && about.min && about.max) {
      rule.validate = LXW_VALIDATION_TYPE_INTEGER;
      rule.criteria = LXW_VALIDATION_CRITERIA_BETWEEN;
      rule.minimum_number = static_cast<double>(*about.min);
      rule.maximum_number = static_cast<double>(*about.max);
    }
    std::string title = shortened(about.label, kHintTitleMax - 1);
    std::string hint = shortened(about.hint, kHintMax - 1);
    rule.input_title = title.data();
    rule.input_message = hint.data();
    if (hint.empty() && rule.validate == LXW_VALIDATION_TYPE_ANY) return;
    const size_t last = std::min(kHeadRows + table_.rows.size() + kRowsToFillIn, kSheetRowsMax) - 1;
    check_written(::worksheet_data_validation_range(sheet_, kHeadRows, sheet_column(column),
                                                    sheet_row(last), sheet_column(column), &rule));
  }

  void write_row(size_t at) {
    const std::vector<std::string>& row = table_.rows[at];
    const lxw_row_t number = sheet_row(kHeadRows + at);
    for (size_t column = 0; column < std::min(row.size(), table_.columns.size()); ++column) {
      if (row[column].empty()) continue;
      const RecordColumn::What what = table_.columns[column].what;
      const auto integer =
          what == RecordColumn::What::kInteger ? integer_in(row[column]) : std::nullopt;
      const auto day = what == RecordColumn::What::kDate ? parse_date(row[column]) : std::nullopt;
      if (integer) {
        check_written(::worksheet_write_number(sheet_, number, sheet_column(column), *integer,
                                               formats_[column]));
      } else if (day && day->text() == row[column]) {
        lxw_datetime date{day->year, day->month, day->day, 0, 0, 0};
        check_written(::worksheet_write_datetime(sheet_, number, sheet_column(column), &date,
                                                 formats_[column]));
      } else {
        check_written(::worksheet_write_string(sheet_, number, sheet_column(column),
                                               cell_text(row[column]).c_str(), formats_[column]));
      }
    }
  }

  lxw_workbook* book_;
  const RecordTable& table_;
  lxw_worksheet* sheet_ = nullptr;
  lxw_worksheet* choices_ = nullptr;
  std::vector<lxw_format*> formats_;  // of the columns' cells
};

}  // namespace

Result<std::string> render_records_xlsx(const RecordTable& table) {
  if (table.rows.size() + kHeadRows > kSheetRowsMax || table.columns.size() > kWorkbookColumnsMax) {
    return Refusal{Reason::kTooLarge,
                   N_("a sheet holds {} rows and {} columns at most; choose CSV"),
                   {std::to_string(kSheetRowsMax), std::to_string(kWorkbookColumnsMax)}};
  }
  for (const std::vector<std::string>& row : table.rows) {
    for (const std::string& cell : row) {
      if (length_of(cell) < kCellLengthMax) continue;
      return Refusal{Reason::kTooLarge,
                     N_("a text is longer than the {} characters that a sheet's cell holds: choose "
                        "CSV"),
                     {std::to_string(kCellLengthMax)}};
    }
  }
  return workbook_bytes([&](lxw_workbook* book) { RecordsSheet(book, table).write(); });
}

std::string render_records_csv(const RecordTable& table) {
  std::string out = "\xEF\xBB\xBF";
  const auto end_row = [&](size_t columns, const auto& cell) {
    for (size_t column = 0; column < columns; ++column) {
      if (column > 0) out += ',';
      out += delimited_cell(cell(column));
    }
    out += "\r\n";
  };
  end_row(table.columns.size(), [&](size_t column) {
    return table.columns[column].label + (table.columns[column].required ? "*" : "");
  });
  end_row(table.columns.size(), [&](size_t column) { return table.columns[column].key; });
  for (const std::vector<std::string>& row : table.rows) {
    end_row(row.size(), [&](size_t column) { return row[column]; });
  }
  return out;
}

}  // namespace sitelog
