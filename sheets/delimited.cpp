#include "sheets/delimited.hpp"

#include <algorithm>
#include <map>

#include "sheets/limits.hpp"

namespace sitelog {

namespace {

constexpr size_t kLinesLookedAt = 20;  // for the separator

bool is_blank(std::string_view cell) {
  return cell.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class Reader {
 public:
  Reader(std::string_view text, char separator) : text_(text), separator_(separator) {}

  Delimited read() {
    for (size_t number = 1; at_ < text_.size(); ++number) {
      SheetRow row{number, line_, {}};
      while (read_cell(row)) {
      }
      if (held_ > limits::kSheetContentBytesMax) {
        out_.problems.push_back({row.line, DelimitedProblem::What::kTooMuch, {}});
        break;
      }
      if (!std::all_of(row.cells.begin(), row.cells.end(), is_blank)) {
        out_.rows.push_back(std::move(row));
      }
    }
    return std::move(out_);
  }

 private:
  // True while another cell of the same row follows.
  bool read_cell(SheetRow& row) {
    std::string cell;
    if (at_ < text_.size() && text_[at_] == '"') {
      read_quoted(cell, row);
    } else {
      while (at_ < text_.size() && !ends_cell(text_[at_])) cell += text_[at_++];
    }
    held_ += cell.size() + limits::kCellOverheadBytes;
    row.cells.push_back(std::move(cell));
    if (at_ < text_.size() && text_[at_] == separator_) {
      ++at_;
      return held_ <= limits::kSheetContentBytesMax;
    }
    if (at_ < text_.size() && text_[at_] == '\r') ++at_;
    if (at_ < text_.size() && text_[at_] == '\n') ++at_;
    ++line_;
    return false;
  }

  void read_quoted(std::string& cell, const SheetRow& row) {
    const size_t begin = line_;
    ++at_;
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
          ++at_;
        } else {
          ++at_;
          read_after_quote(cell, row);
          return;
        }
      }
      if (text_[at_] == '\n') ++line_;
      cell += text_[at_++];
    }
    out_.problems.push_back({begin, DelimitedProblem::What::kQuoteNotClosed, {}});
  }

  void read_after_quote(std::string& cell, const SheetRow& row) {
    const size_t begin = at_;
    while (at_ < text_.size() && !ends_cell(text_[at_])) ++at_;
    const std::string_view rest = text_.substr(begin, at_ - begin);
    if (is_blank(rest)) return;
    out_.problems.push_back({row.line, DelimitedProblem::What::kTextAfterQuote, std::string(rest)});
    cell += rest;
  }

  bool ends_cell(char byte) const { return byte == separator_ || byte == '\n' || byte == '\r'; }

  std::string_view text_;
  const char separator_;
  Delimited out_;
  size_t held_ = 0;
  size_t at_ = 0;
  size_t line_ = 1;
};

// In how many of the first lines a separator stands equally often, and how often that is.
struct Common {
  size_t lines = 0;
  size_t times = 0;
  auto operator<=>(const Common&) const = default;
};

Common common_count(std::string_view text, char separator) {
  std::map<size_t, size_t> lines_by_times;
  size_t times = 0;
  size_t lines = 0;
  bool quoted = false;
  for (const char byte : text) {
    if (byte == '"') quoted = !quoted;
    if (quoted) continue;
    if (byte == separator) ++times;
    if (byte != '\n' && byte != '\r') continue;
    if (times > 0) ++lines_by_times[times];
    times = 0;
    if (byte == '\n' && ++lines == kLinesLookedAt) break;
  }
  if (times > 0) ++lines_by_times[times];
  Common out;
  for (const auto& [each, count] : lines_by_times) out = std::max(out, {count, each});
  return out;
}

bool is_number(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const bool plain = std::all_of(text.begin(), text.end(), [](char byte) {
    return byte == '.' || (byte >= '0' && byte <= '9');
  });
  const auto points = std::count(text.begin(), text.end(), '.');
  return plain && points <= 1 && static_cast<ptrdiff_t>(text.size()) > points;
}

// Whether a spreadsheet takes the text for a formula; apostrophes before it don't count.
bool is_formula(std::string_view text) {
  // Nearly all begin otherwise; the last is the first byte of the wide ones.
  constexpr std::string_view kMayBegin = "'=+-@\t\r\xef";
  if (text.empty() || kMayBegin.find(text.front()) == kMayBegin.npos) return false;
  text.remove_prefix(std::min(text.find_first_not_of('\''), text.size()));
  if (is_number(text)) return false;
  for (const std::string_view start : {"=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r"}) {
    if (text.starts_with(start)) return true;
  }
  return false;
}

}  // namespace

std::string column_letters(size_t column) {
  std::string out;
  for (size_t left = column + 1; left > 0; left = (left - 1) / 26) {
    out.insert(out.begin(), static_cast<char>('A' + (left - 1) % 26));
  }
  return out;
}

Delimited read_delimited(std::string_view text, char separator) {
  return Reader(text, separator).read();
}

char separator_of(std::string_view text) {
  char best = ',';
  Common most = common_count(text, best);
  for (const char separator : {'\t', ';'}) {
    const Common common = common_count(text, separator);
    if (common > most) {
      most = common;
      best = separator;
    }
  }
  return best;
}

void add_delimited_cell(std::string_view text, bool is_text, std::string& out) {
  const bool guarded = is_text && is_formula(text);
  // One after the other: the library looks for one of them many bytes at a time.
  const bool quoted = text.find(',') != text.npos || text.find('"') != text.npos ||
                      text.find('\n') != text.npos || text.find('\r') != text.npos;
  if (quoted) out += '"';
  if (guarded) out += '\'';
  for (size_t quote = quoted ? text.find('"') : text.npos; quote != text.npos;
       quote = text.find('"')) {
    out += text.substr(0, quote + 1);
    out += '"';
    text.remove_prefix(quote + 1);
  }
  out += text;
  if (quoted) out += '"';
}

std::string delimited_cell(std::string_view text, bool is_text) {
  std::string out;
  add_delimited_cell(text, is_text, out);
  return out;
}

std::string_view unguarded(std::string_view cell) {
  return cell.starts_with('\'') && is_formula(cell) ? cell.substr(1) : cell;
}

}  // namespace sitelog
