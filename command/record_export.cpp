#include "command/record_export.hpp"

#include <unistd.h>

#include <boost/endian/conversion.hpp>
#include <map>

#include "command/answer_fields.hpp"
#include "command/terminal/records_workbook.hpp"
#include "sheets/delimited.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kWrittenAtOnce = 256 * 1024;
constexpr int64_t kToldEach = 2000;
constexpr const char* kWhat = "the export";

// A row beside the file: how many cells, then each with its length before it; first those of the
// columns that all have, then by twos a column's key and the cell.
void add_text(std::string& out, std::string_view text) {
  unsigned char size[4];
  boost::endian::store_little_u32(size, static_cast<uint32_t>(text.size()));
  out.append(reinterpret_cast<const char*>(size), sizeof size);
  out += text;
}

// Reads those back, a piece at a time.
class Texts {
 public:
  explicit Texts(FileHandle file) : file_(std::move(file)) {}
  bool at_end() {
    if (at_ < piece_.size()) return false;
    return !more(1);
  }
  uint32_t number() {
    if (!more(4)) raise_short();
    const auto out =
        boost::endian::load_little_u32(reinterpret_cast<const unsigned char*>(piece_.data() + at_));
    at_ += 4;
    return out;
  }
  std::string text() {
    const size_t size = number();
    if (!more(size)) raise_short();
    std::string out = piece_.substr(at_, size);
    at_ += size;
    return out;
  }

 private:
  [[noreturn]] static void raise_short() {
    throw StoreError(StoreError::Kind::kOther, "the export's file beside ends too early");
  }
  bool more(size_t bytes) {
    while (piece_.size() - at_ < bytes) {
      const std::string next = file_.read(std::max(bytes, kWrittenAtOnce), kWhat);
      if (next.empty()) return false;
      piece_.erase(0, at_);
      at_ = 0;
      piece_ += next;
    }
    return true;
  }
  FileHandle file_;
  std::string piece_;
  size_t at_ = 0;
};

}  // namespace

const char* extension_of(ExportFormat format) {
  switch (format) {
    case ExportFormat::kXlsx: return "xlsx";
    case ExportFormat::kCsv: return "csv";
    case ExportFormat::kLines: return "jsonl";
  }
  return "csv";
}

RecordExport::RecordExport(const HeldFolder& folder, std::string file, std::string beside,
                           ExportFormat format, RecordSheetMaker maker)
    : folder_(folder),
      name_(std::move(file)),
      beside_(std::move(beside)),
      format_(format),
      maker_(std::move(maker)),
      base_(maker_.columns({})),
      out_(folder.make_file(format == ExportFormat::kLines ? name_ : beside_)) {}

void RecordExport::put(std::string_view bytes) {
  waiting_ += bytes;
  if (waiting_.size() >= kWrittenAtOnce) flush();
}

void RecordExport::flush() {
  out_.write(waiting_, kWhat);
  written_ += waiting_.size();
  waiting_.clear();
}

void RecordExport::add(const json::object& record) {
  ++records_;
  if (format_ == ExportFormat::kLines) {
    return put(json::serialize(exported_line(record)) + "\n");
  }
  RecordSheetMaker::More own;
  maker_.take_more(record, own);
  std::string row;
  unsigned char cells[4];
  boost::endian::store_little_u32(cells,
                                  static_cast<uint32_t>(own.former.size() + own.explained.size()));
  row.append(reinterpret_cast<const char*>(cells), sizeof cells);
  for (const RecordColumn& column : base_) add_text(row, maker_.cell(record, column));
  const auto add_own = [&](const std::string& key) {
    RecordColumn column;
    column.key = key;
    add_text(row, key);
    add_text(row, maker_.cell(record, column));
  };
  for (const std::string& field : own.former) add_own(field);
  for (const std::string& field : own.explained) add_own(std::string(kExplainPrefix) + field);
  more_.former.merge(own.former);
  more_.explained.merge(own.explained);
  put(row);
}

void RecordExport::each_row(const std::vector<RecordColumn>& columns,
                            const std::function<void(const std::vector<std::string>&)>& visit) {
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < columns.size(); ++i) places[columns[i].key] = i;
  std::vector<size_t> base;
  for (const RecordColumn& column : base_) base.push_back(places.at(column.key));
  auto file = folder_.open_file(beside_);
  if (!file) throw StoreError(StoreError::Kind::kOther, "the export's file beside is gone");
  Texts texts(std::move(*file));
  std::vector<std::string> row;
  while (!texts.at_end()) {
    row.assign(columns.size(), {});
    const uint32_t own = texts.number();
    for (const size_t place : base) row[place] = texts.text();
    for (uint32_t i = 0; i < own; ++i) {
      const std::string key = texts.text();
      row[places.at(key)] = texts.text();
    }
    visit(row);
  }
}

void RecordExport::finish_csv(const Told& told) {
  const auto columns = maker_.columns(more_);
  put(render_records_csv({maker_.title(), columns, {}}));
  int64_t rows = 0;
  std::string line;
  each_row(columns, [&](const std::vector<std::string>& row) {
    line.clear();
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += ',';
      line += delimited_cell(row[i]);
    }
    put(line + "\r\n");
    if (++rows % kToldEach == 0) told(rows);
  });
}

void RecordExport::finish_xlsx(const Told& told) {
  const auto columns = maker_.columns(more_);
  RecordsWorkbook book(folder_.file(name_), folder_.path(), maker_.title(), columns);
  int64_t rows = 0;
  each_row(columns, [&](const std::vector<std::string>& row) {
    book.add(row);
    if (++rows % kToldEach == 0) told(rows);
  });
  book.close();
}

uint64_t RecordExport::finish(const Told& told) {
  flush();
  if (format_ != ExportFormat::kLines) {
    out_ = folder_.make_file(name_);
    if (format_ == ExportFormat::kCsv) {
      finish_csv(told);
      flush();
    } else {
      finish_xlsx(told);
      out_ = *folder_.open_file(name_);
    }
    folder_.remove(beside_);
  }
  out_.sync(kWhat);
  const off_t bytes = ::lseek(out_.get(), 0, SEEK_END);
  if (bytes < 0) raise_system_error(kWhat);
  folder_.sync();
  return static_cast<uint64_t>(bytes);
}

}  // namespace sitelog
