#include "command/record_file.hpp"

#include <filesystem>
#include <iostream>
#include <iterator>

#include "campaign/text.hpp"
#include "command/given_file.hpp"
#include "engine/limits.hpp"
#include "sheets/limits.hpp"
#include "sheets/table_file.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr size_t kHeadBytesMax = 4096;

json::value too_long(int64_t number) {
  return json::object{{"line", number}, {"too_long", true}};
}

bool is_json_name(const std::string& path) {
  const std::string extension = lower(std::filesystem::path(path).extension().string());
  return extension == ".jsonl" || extension == ".ndjson" || extension == ".json";
}

}  // namespace

Result<std::unique_ptr<RecordFile>> RecordFile::open(const std::string& path,
                                                     const std::string& sheet) {
  auto out = std::make_unique<RecordFile>();
  out->stream_ = &std::cin;
  if (path != "-") {
    if (const auto good = check_given_file(path); !good) return good.refusal();
    out->file_.open(path, std::ios::binary);
    if (!out->file_) {
      return Refusal{Reason::kInvalidFile, N_("there is no file {}"), {path}};
    }
    out->stream_ = &out->file_;
  }
  out->look();
  const TableFile kind = table_file_of(out->head_);
  if (kind == TableFile::kJson || is_json_name(path) || out->head_.empty()) {
    if (!sheet.empty()) {
      return Refusal{Reason::kUsage, N_("only a workbook has sheets: {} can't be chosen"), {sheet}};
    }
    if (out->head_.starts_with(kMark)) out->head_.erase(0, kMark.size());
    const size_t first = out->head_.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && out->head_[first] == '[' && out->read_array()) {
      out->kind_ = Kind::kArray;
    }
    return out;
  }
  out->kind_ = Kind::kTable;
  if (auto read = out->read_table(sheet); !read) return read.refusal();
  return out;
}

// Not more than is needed: somebody may be typing.
void RecordFile::look() {
  while (head_.size() < kHeadBytesMax) {
    const int byte = stream().get();
    if (byte == std::istream::traits_type::eof()) break;
    head_ += static_cast<char>(byte);
    const bool marked = head_.size() < kMark.size() && kMark.starts_with(head_);
    const bool blank = byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
    if (marked || head_ == kMark || blank) continue;
    // A workbook is known by four bytes.
    if (table_file_of(head_) == TableFile::kJson || head_.size() >= 4) break;
  }
}

std::string RecordFile::rest() {
  std::string out = std::move(head_);
  head_.clear();
  std::string chunk(64 * 1024, '\0');
  while (out.size() <= limits::kSheetFileBytesMax && stream()) {
    stream().read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    out.append(chunk, 0, static_cast<size_t>(stream().gcount()));
  }
  return out;
}

Result<> RecordFile::read_table(const std::string& sheet) {
  const std::string bytes = rest();
  if (failed()) return Done{};
  auto table = read_table_file(bytes, sheet);
  if (!table) return table.refusal();
  table_ = *std::move(table);
  return Done{};
}

// False where it is no array as a whole: then its lines say what they are.
bool RecordFile::read_array() {
  std::string text = rest();
  boost::system::error_code error;
  json::value whole = json::parse(text, error);
  if (!error && whole.is_array() && text.size() <= limits::kSheetFileBytesMax) {
    elements_ = std::move(whole.get_array());
    return true;
  }
  head_ = std::move(text);
  return false;
}

bool RecordFile::next_line(std::string& line) {
  line.clear();
  const size_t end = head_.find('\n');
  if (end != std::string::npos) {
    line = head_.substr(0, end);
    head_.erase(0, end + 1);
    return true;
  }
  std::string more;
  const bool read = static_cast<bool>(std::getline(stream(), more));
  line = std::exchange(head_, {}) + more;
  return read || !line.empty();
}

std::optional<json::value> RecordFile::next() {
  if (kind_ == Kind::kArray) {
    if (static_cast<size_t>(number_) == elements_.size()) return std::nullopt;
    const std::string text = json::serialize(elements_[static_cast<size_t>(number_++)]);
    if (text.size() > kBatchLineBytesMax) return too_long(number_);
    return json::object{{"line", number_}, {"text", text}};
  }
  if (kind_ == Kind::kTable) {
    if (static_cast<size_t>(number_) == table_.rows.size()) return std::nullopt;
    SheetRow& row = table_.rows[static_cast<size_t>(number_++)];
    size_t bytes = 0;
    for (const std::string& cell : row.cells) bytes += cell.size();
    const auto number = static_cast<int64_t>(row.number);
    if (bytes > kBatchLineBytesMax) return too_long(number);
    json::array cells;
    for (std::string& cell : row.cells) cells.emplace_back(std::move(cell));
    row.cells.clear();
    return json::object{{"line", number}, {"cells", std::move(cells)}};
  }
  std::string line;
  while (next_line(line)) {
    ++number_;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (line.size() > kBatchLineBytesMax) return too_long(number_);
    // What is not UTF-8 is no JSON either, and could not be passed on as it stands.
    return json::object{{"line", number_}, {"text", is_utf8(line) ? line : std::string()}};
  }
  return std::nullopt;
}

}  // namespace sitelog
