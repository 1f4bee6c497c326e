#include <algorithm>
#include <system_error>

#include "campaign/table.hpp"
#include "command/terminal/render.hpp"
#include "command/terminal/table_layout.hpp"
#include "command/terminal/width.hpp"
#include "command/terminal/workbook.hpp"

namespace sitelog {
namespace {

// Column widths, in digits of the body font; a Chinese character takes two.
constexpr size_t kColumnWidthMin = 6;
constexpr size_t kColumnWidthMax = 40;
constexpr size_t kHeadingWidthMax = 16;
constexpr size_t kColumnPadding = 2;
constexpr double kLineHeight = 16.5;  // points
constexpr double kRowHeightMax = 409;
constexpr uint8_t kPaperA4 = 9;

size_t lines_of(std::string_view text, size_t columns) {
  size_t lines = 0;
  for (;;) {
    const size_t feed = text.find('\n');
    const size_t width = display_width(text.substr(0, feed));
    lines += std::max<size_t>(1, (width + columns - 1) / std::max<size_t>(columns, 1));
    if (feed == std::string_view::npos) return lines;
    text.remove_prefix(feed + 1);
  }
}

// Writes one table onto one sheet, from the top down.
class ReportSheet {
 public:
  ReportSheet(lxw_workbook* book, const Table& table)
      : book_(book),
        table_(table),
        headings_(placed_headings(table)),
        columns_(std::max<size_t>(column_count(table, headings_), 1)),
        sheet_(::workbook_add_worksheet(book, sheet_name(table.title).c_str())) {
    if (sheet_ == nullptr) throw std::system_error(EIO, std::generic_category(), "worksheet");
  }

  void write() {
    set_widths();
    write_title();
    write_lines(table_.above);
    write_header();
    write_rows();
    if (!table_.below.empty()) ++row_;
    write_lines(table_.below);
    set_up_print();
  }

 private:
  void set_widths();
  void write_title();
  void write_lines(const std::vector<LabelledLine>& lines);
  void write_header();
  void write_rows();
  void set_up_print();

  lxw_format* format(bool bold, bool border, lxw_format_alignments align, double size = 11);
  // One text over a rectangle of cells.
  void write_text(size_t row, size_t column, size_t rows, size_t columns, const std::string& text,
                  lxw_format* format);
  size_t span_width(size_t column, size_t columns) const {
    size_t width = 0;
    for (size_t k = 0; k < columns; ++k) width += widths_[column + k];
    return width;
  }

  lxw_workbook* book_;
  const Table& table_;
  std::vector<PlacedHeading> headings_;
  size_t columns_;
  lxw_worksheet* sheet_;
  std::vector<size_t> widths_;
  size_t row_ = 0;           // the next that is free
  size_t header_first_ = 0;  // the sheet row the header starts in
};

lxw_format* ReportSheet::format(bool bold, bool border, lxw_format_alignments align, double size) {
  lxw_format* made = ::workbook_add_format(book_);
  ::format_set_font_name(made, "宋体");
  ::format_set_font_size(made, size);
  if (bold) ::format_set_bold(made);
  if (border) ::format_set_border(made, LXW_BORDER_THIN);
  ::format_set_align(made, static_cast<uint8_t>(align));
  ::format_set_align(made, LXW_ALIGN_VERTICAL_CENTER);
  ::format_set_text_wrap(made);
  return made;
}

void ReportSheet::write_text(size_t row, size_t column, size_t rows, size_t columns,
                             const std::string& text, lxw_format* format) {
  const std::string shown = cell_text(text);
  if (rows == 1 && columns == 1) {
    if (shown.empty()) {
      check_written(::worksheet_write_blank(sheet_, sheet_row(row), sheet_column(column), format));
    } else {
      check_written(::worksheet_write_string(sheet_, sheet_row(row), sheet_column(column),
                                             shown.c_str(), format));
    }
    return;
  }
  check_written(::worksheet_merge_range(sheet_, sheet_row(row), sheet_column(column),
                                        sheet_row(row + rows - 1),
                                        sheet_column(column + columns - 1), shown.c_str(), format));
}

void ReportSheet::set_widths() {
  widths_.assign(columns_, kColumnWidthMin);
  for (const std::vector<Cell>& row : table_.rows) {
    for (size_t column = 0; column < row.size(); ++column) {
      const size_t width = display_width(text_of(row[column])) + kColumnPadding;
      widths_[column] = std::max(widths_[column], std::min(width, kColumnWidthMax));
    }
  }
  std::vector<size_t> wanted;
  for (const PlacedHeading& heading : headings_) {
    const size_t most = kHeadingWidthMax * heading.columns;
    wanted.push_back(std::min(display_width(heading.text) + kColumnPadding, most));
  }
  widen_for_spans(widths_, headings_, wanted, 0);
  for (size_t column = 0; column < columns_; ++column) {
    check_written(::worksheet_set_column(sheet_, sheet_column(column), sheet_column(column),
                                         static_cast<double>(widths_[column]), nullptr));
  }
}

void ReportSheet::write_title() {
  if (table_.title.empty()) return;
  constexpr double kTitleSize = 16;
  lxw_format* title = format(true, false, LXW_ALIGN_CENTER, kTitleSize);
  write_text(row_, 0, 1, columns_, table_.title, title);
  // The title's font is half as large again as the one widths are counted in.
  const size_t lines = lines_of(table_.title, span_width(0, columns_) * 2 / 3);
  check_written(
      ::worksheet_set_row(sheet_, sheet_row(row_), 28.0 * static_cast<double>(lines), nullptr));
  ++row_;
}

// Side by side as on the printed form where each has two columns or more, else one below another.
void ReportSheet::write_lines(const std::vector<LabelledLine>& lines) {
  if (lines.empty()) return;
  lxw_format* plain = format(false, false, LXW_ALIGN_LEFT);
  const size_t side_by_side = columns_ / lines.size() >= 2 ? lines.size() : 1;
  const size_t share = columns_ / side_by_side;
  size_t most_lines = 1;
  for (size_t i = 0; i < lines.size(); ++i) {
    const size_t place = i % side_by_side;
    const size_t columns = place + 1 == side_by_side ? columns_ - place * share : share;
    const std::string text = text_of(lines[i]);
    write_text(row_, place * share, 1, columns, text, plain);
    most_lines = std::max(most_lines, lines_of(text, span_width(place * share, columns)));
    if (place + 1 < side_by_side) continue;
    const double height = 6 + kLineHeight * static_cast<double>(most_lines);
    check_written(
        ::worksheet_set_row(sheet_, sheet_row(row_), std::min(height, kRowHeightMax), nullptr));
    ++row_;
    most_lines = 1;
  }
}

void ReportSheet::write_header() {
  header_first_ = row_;
  lxw_format* heading_format = format(true, true, LXW_ALIGN_CENTER);
  std::vector<double> heights(table_.header.size(), kLineHeight);
  for (const PlacedHeading& heading : headings_) {
    write_text(row_ + heading.row, heading.column, heading.rows, heading.columns, heading.text,
               heading_format);
    const size_t lines = lines_of(heading.text, span_width(heading.column, heading.columns));
    const double share =
        kLineHeight * static_cast<double>(lines) / static_cast<double>(heading.rows);
    for (size_t k = 0; k < heading.rows; ++k) {
      heights[heading.row + k] = std::max(heights[heading.row + k], share);
    }
  }
  for (const double height : heights) {
    check_written(
        ::worksheet_set_row(sheet_, sheet_row(row_), std::min(height + 4, kRowHeightMax), nullptr));
    ++row_;
  }
}

void ReportSheet::write_rows() {
  const size_t totals =
      std::min(static_cast<size_t>(std::max(table_.total_rows, 0)), table_.rows.size());
  for (const bool total : {false, true}) {
    lxw_format* text = format(total, true, LXW_ALIGN_LEFT);
    lxw_format* number = format(total, true, LXW_ALIGN_RIGHT);
    lxw_format* percent = format(total, true, LXW_ALIGN_RIGHT);
    ::format_set_num_format(number, "0");
    ::format_set_num_format(percent, "0.0%");
    const size_t first = total ? table_.rows.size() - totals : 0;
    const size_t last = total ? table_.rows.size() : table_.rows.size() - totals;
    for (size_t i = first; i < last; ++i, ++row_) {
      size_t lines = 1;
      for (size_t column = 0; column < columns_; ++column) {
        const Cell cell = column < table_.rows[i].size() ? table_.rows[i][column] : Cell();
        if (const int64_t* value = std::get_if<int64_t>(&cell)) {
          check_written(::worksheet_write_number(sheet_, sheet_row(row_), sheet_column(column),
                                                 static_cast<double>(*value), number));
        } else if (const Percent* share = std::get_if<Percent>(&cell)) {
          check_written(::worksheet_write_number(sheet_, sheet_row(row_), sheet_column(column),
                                                 static_cast<double>(share->permille) / 1000,
                                                 percent));
        } else {
          const std::string& words = std::get<std::string>(cell);
          write_text(row_, column, 1, 1, words, text);
          lines = std::max(lines, lines_of(words, widths_[column] - 1));
        }
      }
      const double height = 4 + kLineHeight * static_cast<double>(lines);
      check_written(
          ::worksheet_set_row(sheet_, sheet_row(row_), std::min(height, kRowHeightMax), nullptr));
    }
  }
}

void ReportSheet::set_up_print() {
  ::worksheet_set_landscape(sheet_);
  ::worksheet_set_paper(sheet_, kPaperA4);
  ::worksheet_fit_to_pages(sheet_, 1, 0);
  ::worksheet_center_horizontally(sheet_);
  ::worksheet_set_margins(sheet_, 0.5, 0.5, 0.6, 0.6);
  check_written(::worksheet_set_footer(sheet_, "&C&P / &N"));
  if (table_.header.empty()) return;
  const size_t below = header_first_ + table_.header.size();
  check_written(::worksheet_repeat_rows(sheet_, sheet_row(header_first_), sheet_row(below - 1)));
  ::worksheet_freeze_panes(sheet_, sheet_row(below), 0);
}

}  // namespace

Result<std::string> render_xlsx(const Table& table) {
  const size_t columns = column_count(table, placed_headings(table));
  const size_t rows =
      2 + table.above.size() + table.header.size() + table.rows.size() + table.below.size();
  if (rows > kSheetRowsMax || columns > kWorkbookColumnsMax) {
    return Refusal{Reason::kTooLarge,
                   N_("a sheet holds {} rows and {} columns at most; choose CSV"),
                   {std::to_string(kSheetRowsMax), std::to_string(kWorkbookColumnsMax)}};
  }
  return workbook_bytes([&](lxw_workbook* book) { ReportSheet(book, table).write(); });
}

}  // namespace sitelog
