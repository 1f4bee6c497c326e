#include "command/terminal/records_workbook.hpp"

#include <algorithm>
#include <charconv>

#include "campaign/calendar.hpp"
#include "command/terminal/width.hpp"
#include "command/terminal/workbook.hpp"

namespace sitelog {

namespace {

constexpr size_t kNarrowestOfMany = 10;
constexpr size_t kWidestOfMany = 24;

}  // namespace

struct RecordsWorkbook::Book {
  lxw_workbook* book = nullptr;
  lxw_worksheet* sheet = nullptr;
  std::string folder;
  std::vector<RecordColumn> columns;
  std::vector<lxw_format*> formats;
  size_t rows = 0;

  lxw_format* format(const char* numbers) const {
    lxw_format* made = ::workbook_add_format(book);
    ::format_set_font_name(made, "宋体");
    ::format_set_num_format(made, numbers);
    return made;
  }

  void write_head() {
    lxw_format* head = format("@");
    ::format_set_bold(head);
    lxw_row_col_options hidden{};
    hidden.hidden = LXW_TRUE;
    // In memory stands one row, so what is said of it comes first.
    for (size_t i = 0; i < columns.size(); ++i) {
      const RecordColumn& about = columns[i];
      formats.push_back(format(about.what == RecordColumn::What::kInteger ? "0"
                               : about.what == RecordColumn::What::kDate  ? "yyyy-mm-dd"
                                                                          : "@"));
      const auto width = static_cast<double>(
          std::clamp(display_width(about.label) + 2, kNarrowestOfMany, kWidestOfMany));
      check_written(
          ::worksheet_set_column(sheet, sheet_column(i), sheet_column(i), width, formats.back()));
    }
    ::worksheet_freeze_panes(sheet, 2, 0);
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string label = columns[i].label + (columns[i].required ? "*" : "");
      check_written(
          ::worksheet_write_string(sheet, 0, sheet_column(i), cell_text(label).c_str(), head));
    }
    check_written(::worksheet_set_row_opt(sheet, 1, LXW_DEF_ROW_HEIGHT, nullptr, &hidden));
    for (size_t i = 0; i < columns.size(); ++i) {
      check_written(::worksheet_write_string(sheet, 1, sheet_column(i),
                                             cell_text(columns[i].key).c_str(), head));
    }
    rows = 2;
  }

  void write_cell(size_t column, const std::string& text) {
    if (text.empty()) return;
    const auto row = sheet_row(rows);
    const auto what = columns[column].what;
    if (what == RecordColumn::What::kInteger) {
      int64_t number = 0;
      const char* end = text.data() + text.size();
      constexpr int64_t kExact = int64_t{1} << 53;
      const auto read = std::from_chars(text.data(), end, number);
      if (read.ec == std::errc() && read.ptr == end && number < kExact && number > -kExact) {
        return check_written(::worksheet_write_number(
            sheet, row, sheet_column(column), static_cast<double>(number), formats[column]));
      }
    }
    if (what == RecordColumn::What::kDate) {
      const auto day = parse_date(text);
      if (day && day->text() == text) {
        lxw_datetime date{day->year, day->month, day->day, 0, 0, 0};
        return check_written(
            ::worksheet_write_datetime(sheet, row, sheet_column(column), &date, formats[column]));
      }
    }
    check_written(::worksheet_write_string(sheet, row, sheet_column(column),
                                           cell_text(text).c_str(), formats[column]));
  }
};

RecordsWorkbook::RecordsWorkbook(const std::string& path, const std::string& folder,
                                 const std::string& title, std::vector<RecordColumn> columns)
    : book_(std::make_unique<Book>()) {
  book_->folder = folder;
  book_->columns = std::move(columns);
  lxw_workbook_options options{};
  options.constant_memory = LXW_TRUE;
  options.tmpdir = book_->folder.data();
  book_->book = ::workbook_new_opt(path.c_str(), &options);
  if (book_->book == nullptr) check_written(LXW_ERROR_MEMORY_MALLOC_FAILED);
  book_->sheet = ::workbook_add_worksheet(book_->book, sheet_name(title).c_str());
  if (book_->sheet == nullptr) check_written(LXW_ERROR_CREATING_TMPFILE);
  book_->write_head();
}

RecordsWorkbook::~RecordsWorkbook() {
  if (book_->book != nullptr) ::lxw_workbook_free(book_->book);
}

void RecordsWorkbook::add(const std::vector<std::string>& row) {
  for (size_t i = 0; i < std::min(row.size(), book_->columns.size()); ++i) {
    book_->write_cell(i, row[i]);
  }
  ++book_->rows;
}

void RecordsWorkbook::close() {
  check_written(::workbook_close(std::exchange(book_->book, nullptr)));
}

}  // namespace sitelog
