#include "sheets/xlsx_reader.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "sheets/limits.hpp"
#include "sheets/refusals.hpp"
#include "sheets/workbook_parts.hpp"

namespace sitelog {

namespace {

// Where a cell stands: "B7" is column 1, row 7. Nothing for what is no place on a sheet.
struct Place {
  size_t column = 0;
  size_t row = 0;
};
std::optional<Place> place_of(std::string_view text) {
  size_t column = 0;
  while (!text.empty() && text.front() >= 'A' && text.front() <= 'Z') {
    column = column * 26 + static_cast<size_t>(text.front() - 'A') + 1;
    if (column > limits::kSheetColumnNumberMax) return std::nullopt;
    text.remove_prefix(1);
  }
  size_t row = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), row);
  if (column == 0 || error != std::errc() || end != text.data() + text.size() || row == 0 ||
      row > limits::kSheetRowNumberMax) {
    return std::nullopt;
  }
  return Place{column - 1, row};
}

std::optional<size_t> index_of(std::string_view text) {
  size_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

bool says_nothing(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Gathers the rows of one sheet from its XML.
class SheetReader {
 public:
  explicit SheetReader(const WorkbookParts& parts) : parts_(parts) {}

  XmlEvents events() {
    XmlEvents out;
    out.begin = [this](std::string_view name, const XmlAttributes& attributes) {
      begin(name, attributes);
    };
    out.end = [this](std::string_view name) { end(name); };
    out.text = [this](std::string_view text) { take_text(text); };
    out.stop = [this] { return why_; };
    return out;
  }
  std::vector<SheetRow> take() { return std::move(rows_); }

 private:
  void fail(Refusal why) {
    if (!why_) why_ = std::move(why);
  }
  void damaged_at(std::string_view place) {
    fail({Reason::kInvalidFile,
          N_("the sheet says something impossible at {}: open it in a spreadsheet and save it "
             "again"),
          {std::string(place.substr(0, 20))}});
  }

  void begin(std::string_view name, const XmlAttributes& attributes) {
    if (name == "row") return begin_row(attributes);
    if (name == "c") return begin_cell(attributes);
    if (!in_cell_) return;
    if (name == "is") in_line_ = true;
    if (name == "v") in_value_ = true;
    if (in_line_) run_.begin(name);
  }

  void begin_row(const XmlAttributes& attributes) {
    end_row();
    const auto said = attributes.get("r");
    const auto number = said ? index_of(*said) : std::optional(row_ + 1);
    if (!number || *number <= row_ || *number > limits::kSheetRowNumberMax) {
      return damaged_at(said.value_or("row"));
    }
    row_ = *number;
    column_ = 0;
  }

  void begin_cell(const XmlAttributes& attributes) {
    const auto said = attributes.get("r");
    if (said) {
      const auto place = place_of(*said);
      if (!place || place->row != row_ || place->column < column_) return damaged_at(*said);
      column_ = place->column;
    }
    if (row_ == 0 || column_ >= limits::kSheetColumnNumberMax) return damaged_at("c");
    in_cell_ = true;
    type_ = attributes.get("t").value_or("n");
    const auto style = attributes.get("s");
    style_ = style ? index_of(*style).value_or(0) : 0;
    value_.clear();
  }

  void take_text(std::string_view text) {
    if (!in_cell_) return;
    if (in_line_) run_.text(text);
    if (in_value_) value_ += text;
    if (value_.size() + run_.size() > limits::kCellTextBytesMax) fail(too_much_at_once());
  }

  void end(std::string_view name) {
    if (name == "row") return end_row();
    if (!in_cell_) return;
    if (in_line_) run_.end(name);
    if (name == "is") in_line_ = false;
    if (name == "v") in_value_ = false;
    if (name != "c") return;
    in_cell_ = in_line_ = in_value_ = false;
    put(cell_text());
    ++column_;
  }

  std::string cell_text() {
    const std::string inline_text = run_.take();
    if (type_ == "inlineStr") return inline_text;
    if (type_ == "s") {
      if (value_.empty()) return {};
      const auto index = index_of(value_);
      if (!index || *index >= parts_.shared_texts.size()) {
        damaged_at(column_letters(column_) + std::to_string(row_));
        return {};
      }
      return parts_.shared_texts[*index];
    }
    if (type_ == "b") return value_.empty() ? "" : value_ == "0" ? "FALSE" : "TRUE";
    if (type_ == "d") return value_.substr(0, value_.find("T00:00:00"));
    if (type_ != "n" || value_.empty()) return value_;
    const NumberFormat format =
        style_ < parts_.styles.size() ? parts_.styles[style_] : NumberFormat{};
    const std::string number = number_text(value_);
    if (!format.date && !format.time) return number;
    double serial = 0;
    const auto read = std::from_chars(value_.data(), value_.data() + value_.size(), serial);
    if (read.ec != std::errc() || read.ptr != value_.data() + value_.size()) return number;
    return day_text(serial, format, parts_.from_1904).value_or(number);
  }

  void put(std::string text) {
    if (why_ || says_nothing(text)) return;
    if (column_ >= limits::kSheetColumnsMax) {
      return fail(
          {Reason::kTooLarge,
           N_("something stands in column {}, and more than {} columns are not read: delete "
              "what does not belong to the table"),
           {column_letters(column_), std::to_string(limits::kSheetColumnsMax)}});
    }
    held_ += text.size() + (column_ + 1 - cells_.size()) * limits::kCellOverheadBytes;
    if (held_ > limits::kSheetContentBytesMax) return fail(too_much_at_once());
    cells_.resize(column_ + 1);
    cells_[column_] = std::move(text);
  }

  void end_row() {
    if (!cells_.empty()) rows_.push_back({row_, row_, std::exchange(cells_, {})});
  }

  const WorkbookParts& parts_;
  std::vector<SheetRow> rows_;
  std::vector<std::string> cells_;  // of the row under way
  std::optional<Refusal> why_;
  size_t row_ = 0;
  size_t column_ = 0;  // of the cell under way, or the next
  size_t held_ = 0;
  bool in_cell_ = false, in_line_ = false, in_value_ = false;
  std::string type_;
  size_t style_ = 0;
  std::string value_;
  RunText run_;
};

std::string quoted_names(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

Result<const WorkbookSheet*> chosen(const WorkbookParts& parts, const std::string& name) {
  std::vector<std::string> names;
  for (const WorkbookSheet& sheet : parts.sheets) {
    if (sheet.path.empty()) continue;
    if (name.empty() ? !sheet.hidden : sheet.name == name) return &sheet;
    names.push_back(sheet.name);
  }
  if (name.empty()) {
    return Refusal{Reason::kInvalidFile, N_("no sheet of the workbook is to be seen"), {}};
  }
  return Refusal{Reason::kInvalidFile,
                 N_("the workbook has no sheet {}; it has: {}"),
                 {name, quoted_names(names)}};
}

}  // namespace

Result<Sheet> read_xlsx(std::string_view bytes, const std::string& name) {
  auto archive = ZipArchive::open(bytes);
  if (!archive) return archive.refusal();
  const auto parts = read_workbook_parts(*archive);
  if (!parts) return parts.refusal();
  const auto sheet = chosen(*parts, name);
  if (!sheet) return sheet.refusal();
  SheetReader reader(*parts);
  const XmlEvents events = reader.events();
  if (const auto read = read_part(*archive, (*sheet)->path, events); !read) return read.refusal();
  Sheet out{(*sheet)->name, reader.take(), {}};
  for (const WorkbookSheet& other : parts->sheets) {
    if (&other != *sheet && !other.hidden && !other.path.empty()) out.passed.push_back(other.name);
  }
  return out;
}

}  // namespace sitelog
