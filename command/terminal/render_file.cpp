#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "campaign/table.hpp"
#include "command/socket/local_stream.hpp"
#include "command/terminal/output.hpp"
#include "command/terminal/render.hpp"
#include "command/terminal/table_layout.hpp"
#include "command/terminal/width.hpp"

namespace sitelog {
namespace {

constexpr size_t kSheetRowsMax = 1'048'576;
constexpr size_t kSheetColumnsMax = 16'384;
constexpr size_t kCellCharactersMax = 32'767;
constexpr size_t kSheetNameUnitsMax = 31;
// Column widths, in digits of the body font; a Chinese character takes two.
constexpr size_t kColumnWidthMin = 6;
constexpr size_t kColumnWidthMax = 40;
constexpr size_t kHeadingWidthMax = 16;
constexpr size_t kColumnPadding = 2;
constexpr double kLineHeight = 16.5;  // points
constexpr double kRowHeightMax = 409;
constexpr uint8_t kPaperA4 = 9;
// Fixed, so that the same table gives the same bytes; the moment ZIP counts from.
constexpr time_t kCreated = 315'532'800;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), what);
}

void check(lxw_error error) {
  if (error != LXW_NO_ERROR) {
    throw std::system_error(EIO, std::generic_category(), ::lxw_strerror(error));
  }
}

// The text as a cell can hold it.
std::string cell_text(std::string_view text) {
  std::string shown = printable(text);
  size_t characters = 0;
  for (size_t at = 0; at < shown.size(); ++characters) {
    if (characters == kCellCharactersMax - 1) {
      shown.resize(at);
      return shown + "…";
    }
    at += character_at(shown, at).bytes;
  }
  return shown;
}

// The title as far as a sheet may bear it: 31 UTF-16 units, without []:*?/\ and '.
std::string sheet_name(std::string_view title) {
  std::string name;
  size_t units = 0;
  for (size_t at = 0; at < title.size();) {
    const Character character = character_at(title, at);
    units += character.code > 0xFFFF ? 2 : 1;
    if (units > kSheetNameUnitsMax) break;
    const std::string_view bytes = title.substr(at, character.bytes);
    const bool allowed = character.valid && character.code >= 0x20 && character.code != 0x7F &&
                         std::string_view("[]:*?/\\'").find(bytes) == std::string_view::npos;
    if (allowed) name += bytes;
    at += character.bytes;
  }
  return name.empty() ? "Sitelog" : name;
}

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

lxw_row_t sheet_row(size_t row) {
  return static_cast<lxw_row_t>(row);
}
lxw_col_t sheet_column(size_t column) {
  return static_cast<lxw_col_t>(column);
}

// Writes one table onto one sheet, from the top down.
class Sheet {
 public:
  Sheet(lxw_workbook* book, const Table& table)
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

lxw_format* Sheet::format(bool bold, bool border, lxw_format_alignments align, double size) {
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

void Sheet::write_text(size_t row, size_t column, size_t rows, size_t columns,
                       const std::string& text, lxw_format* format) {
  const std::string shown = cell_text(text);
  if (rows == 1 && columns == 1) {
    if (shown.empty()) {
      check(::worksheet_write_blank(sheet_, sheet_row(row), sheet_column(column), format));
    } else {
      check(::worksheet_write_string(sheet_, sheet_row(row), sheet_column(column), shown.c_str(),
                                     format));
    }
    return;
  }
  check(::worksheet_merge_range(sheet_, sheet_row(row), sheet_column(column),
                                sheet_row(row + rows - 1), sheet_column(column + columns - 1),
                                shown.c_str(), format));
}

void Sheet::set_widths() {
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
    check(::worksheet_set_column(sheet_, sheet_column(column), sheet_column(column),
                                 static_cast<double>(widths_[column]), nullptr));
  }
}

void Sheet::write_title() {
  if (table_.title.empty()) return;
  constexpr double kTitleSize = 16;
  lxw_format* title = format(true, false, LXW_ALIGN_CENTER, kTitleSize);
  write_text(row_, 0, 1, columns_, table_.title, title);
  // The title's font is half as large again as the one widths are counted in.
  const size_t lines = lines_of(table_.title, span_width(0, columns_) * 2 / 3);
  check(::worksheet_set_row(sheet_, sheet_row(row_), 28.0 * static_cast<double>(lines), nullptr));
  ++row_;
}

// Side by side as on the printed form where each has two columns or more, else one below another.
void Sheet::write_lines(const std::vector<LabelledLine>& lines) {
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
    check(::worksheet_set_row(sheet_, sheet_row(row_), std::min(height, kRowHeightMax), nullptr));
    ++row_;
    most_lines = 1;
  }
}

void Sheet::write_header() {
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
    check(
        ::worksheet_set_row(sheet_, sheet_row(row_), std::min(height + 4, kRowHeightMax), nullptr));
    ++row_;
  }
}

void Sheet::write_rows() {
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
          check(::worksheet_write_number(sheet_, sheet_row(row_), sheet_column(column),
                                         static_cast<double>(*value), number));
        } else if (const Percent* share = std::get_if<Percent>(&cell)) {
          check(::worksheet_write_number(sheet_, sheet_row(row_), sheet_column(column),
                                         static_cast<double>(share->permille) / 1000, percent));
        } else {
          const std::string& words = std::get<std::string>(cell);
          write_text(row_, column, 1, 1, words, text);
          lines = std::max(lines, lines_of(words, widths_[column] - 1));
        }
      }
      const double height = 4 + kLineHeight * static_cast<double>(lines);
      check(::worksheet_set_row(sheet_, sheet_row(row_), std::min(height, kRowHeightMax), nullptr));
    }
  }
}

void Sheet::set_up_print() {
  ::worksheet_set_landscape(sheet_);
  ::worksheet_set_paper(sheet_, kPaperA4);
  ::worksheet_fit_to_pages(sheet_, 1, 0);
  ::worksheet_center_horizontally(sheet_);
  ::worksheet_set_margins(sheet_, 0.5, 0.5, 0.6, 0.6);
  check(::worksheet_set_footer(sheet_, "&C&P / &N"));
  if (table_.header.empty()) return;
  const size_t below = header_first_ + table_.header.size();
  check(::worksheet_repeat_rows(sheet_, sheet_row(header_first_), sheet_row(below - 1)));
  ::worksheet_freeze_panes(sheet_, sheet_row(below), 0);
}

std::string content_of(const Descriptor& file) {
  struct stat state {};
  if (::fstat(file.get(), &state) != 0) fail("xlsx");
  std::string content(static_cast<size_t>(state.st_size), '\0');
  for (size_t read = 0; read < content.size();) {
    const ssize_t count =
        ::pread(file.get(), content.data() + read, content.size() - read, static_cast<off_t>(read));
    if (count <= 0) fail("xlsx");
    read += static_cast<size_t>(count);
  }
  return content;
}

}  // namespace

Result<std::string> render_xlsx(const Table& table) {
  const size_t columns = column_count(table, placed_headings(table));
  const size_t rows =
      2 + table.above.size() + table.header.size() + table.rows.size() + table.below.size();
  if (rows > kSheetRowsMax || columns > kSheetColumnsMax) {
    return Refusal{Reason::kTooLarge,
                   N_("a sheet holds {} rows and {} columns at most; choose CSV"),
                   {std::to_string(kSheetRowsMax), std::to_string(kSheetColumnsMax)}};
  }
  // The library writes to a named file; this one has no name outside this process.
  const Descriptor file(::memfd_create("sitelog.xlsx", MFD_CLOEXEC));
  if (!file.open()) fail("xlsx");
  const std::string name = "/proc/self/fd/" + std::to_string(file.get());
  lxw_workbook* book = ::workbook_new(name.c_str());
  if (book == nullptr) fail("xlsx");
  try {
    lxw_doc_properties properties{};
    properties.created = kCreated;
    check(::workbook_set_properties(book, &properties));
    Sheet(book, table).write();
  } catch (...) {
    ::lxw_workbook_free(book);
    throw;
  }
  check(::workbook_close(book));
  return content_of(file);
}

}  // namespace sitelog
