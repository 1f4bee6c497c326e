#include "command/record_export.hpp"

#include <unistd.h>

#include <boost/endian/conversion.hpp>
#include <map>

#include "campaign/record_sheet.hpp"
#include "command/answer_fields.hpp"
#include "command/terminal/records_workbook.hpp"
#include "sheets/delimited.hpp"
#include "sheets/zip_writer.hpp"
#include "sync/merge/beside.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/helper_threads.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kWrittenAtOnce = 256 * 1024;
constexpr int64_t kToldEach = 2000;
constexpr const char* kWhat = "the export";

constexpr size_t kDeflatedAtOnce = 512 * 1024;

// A row beside the file: how many bytes follow; of how many cells beyond those of the columns that
// all have, which come first; each with its length before it, those beyond by twos, a column's key
// and the cell.
constexpr size_t kNumber = sizeof(uint32_t);

void store(uint32_t number, char* at) {
  boost::endian::store_little_u32(reinterpret_cast<unsigned char*>(at), number);
}

// Reads rows back, a piece at a time.
class Rows {
 public:
  explicit Rows(FileHandle file) : file_(std::move(file)) {}

  // False where no more follow. What is taken from a row is there until the next.
  bool next() {
    if (!more(1)) return false;
    if (!more(kNumber)) raise_short();
    const size_t size = load();
    if (!more(size)) raise_short();
    end_ = at_ + size;
    return true;
  }
  uint32_t number() {
    if (end_ - at_ < kNumber) raise_short();
    return load();
  }
  std::string_view text() {
    const size_t size = number();
    if (end_ - at_ < size) raise_short();
    const auto out = std::string_view(piece_).substr(at_, size);
    at_ += size;
    return out;
  }

 private:
  [[noreturn]] static void raise_short() {
    throw StoreError(StoreError::Kind::kOther, "the export's file beside ends too early");
  }
  uint32_t load() {
    const auto* from = reinterpret_cast<const unsigned char*>(piece_.data() + at_);
    at_ += kNumber;
    return boost::endian::load_little_u32(from);
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
  size_t at_ = 0, end_ = 0;
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
      rows_(maker_),
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

void RecordExport::begin_row(size_t own) {
  row_.assign(2 * kNumber, '\0');
  store(static_cast<uint32_t>(own), row_.data() + kNumber);
}

void RecordExport::add_cell(std::string_view text) {
  char size[kNumber];
  store(static_cast<uint32_t>(text.size()), size);
  row_.append(size, kNumber);
  row_ += text;
}

void RecordExport::end_row() {
  store(static_cast<uint32_t>(row_.size() - kNumber), row_.data());
  put(row_);
}

void RecordExport::add(const ShownRecord& record, std::string_view unit_name) {
  ++records_;
  if (format_ == ExportFormat::kLines) {
    return put(json::serialize(exported_line(record, unit_name)) + "\n");
  }
  const RecordRows::Row& row = rows_.row(record, unit_name);
  const bool waits = !row.waits_at.empty();
  begin_row(row.former.size() + row.explained.size() + (waits ? 1 : 0));
  for (const std::string_view cell : row.cells) add_cell(cell);
  for (const auto& [field, cell] : row.former) {
    if (!more_.former.contains(field)) more_.former.emplace(field);
    add_cell(field);
    add_cell(cell);
  }
  for (const auto& [field, cell] : row.explained) {
    if (!more_.explained.contains(field)) more_.explained.emplace(field);
    add_cell(std::string(kExplainPrefix) + std::string(field));
    add_cell(cell);
  }
  if (waits) {
    more_.waiting = true;
    add_cell(kColumnWaiting);
    add_cell(row.waits_at);
  }
  end_row();
}

void RecordExport::add(const json::object& record) {
  ++records_;
  if (format_ == ExportFormat::kLines) {
    return put(json::serialize(exported_line(record)) + "\n");
  }
  RecordSheetMaker::More own;
  maker_.take_more(record, own);
  begin_row(own.former.size() + own.explained.size() + (own.waiting ? 1 : 0));
  for (const RecordColumn& column : base_) add_cell(maker_.cell(record, column));
  const auto add_own = [&](const std::string& key) {
    RecordColumn column;
    column.key = key;
    add_cell(key);
    add_cell(maker_.cell(record, column));
  };
  for (const std::string& field : own.former) add_own(field);
  for (const std::string& field : own.explained) add_own(std::string(kExplainPrefix) + field);
  if (own.waiting) add_own(std::string(kColumnWaiting));
  more_.waiting = more_.waiting || own.waiting;
  more_.former.merge(own.former);
  more_.explained.merge(own.explained);
  end_row();
}

void RecordExport::each_row(const std::vector<RecordColumn>& columns,
                            const std::function<void(const Cells&)>& visit) {
  std::map<std::string_view, size_t> places;
  for (size_t i = 0; i < columns.size(); ++i) places[columns[i].key] = i;
  std::vector<size_t> base;
  for (const RecordColumn& column : base_) base.push_back(places.at(column.key));
  auto file = folder_.open_file(beside_);
  if (!file) throw StoreError(StoreError::Kind::kOther, "the export's file beside is gone");
  Rows rows(std::move(*file));
  Cells cells;
  while (rows.next()) {
    cells.assign(columns.size(), {});
    const uint32_t own = rows.number();
    for (const size_t place : base) cells[place] = rows.text();
    for (uint32_t i = 0; i < own; ++i) {
      const auto place = places.at(rows.text());
      cells[place] = rows.text();
    }
    visit(cells);
  }
}

void RecordExport::finish_csv(const Told& told) {
  const auto columns = maker_.columns(more_);
  put(render_records_csv({maker_.title(), columns, {}}));
  int64_t rows = 0;
  std::string line;
  each_row(columns, [&](const Cells& cells) {
    line.clear();
    for (size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) line += ',';
      add_delimited_cell(cells[i], true, line);
    }
    line += "\r\n";
    put(line);
    if (++rows % kToldEach == 0) told(rows);
  });
}

// While some rows are compressed, by a helper where one is free, the next ones are written.
Result<> RecordExport::finish_xlsx(const Told& told) {
  const auto columns = maker_.columns(more_);
  RecordsWorkbook book(maker_.title(), columns);
  ZipWriter archive([this](std::string_view bytes) { put(bytes); });
  bool fits = true;
  for (const auto& [name, content] : book.parts()) {
    archive.begin(name);
    fits = archive.add(content) && fits;
    archive.end();
  }
  archive.begin(RecordsWorkbook::sheet_part());
  std::string filling = book.head(), deflating;
  Beside deflater;
  const auto deflate = [&] {
    deflater.wait();
    std::swap(filling, deflating);
    filling.clear();
    if (!fits) return;
    deflater = Beside(helper_threads(), [&] { fits = archive.add(deflating); });
  };
  int64_t rows = 0;
  each_row(columns, [&](const Cells& cells) {
    book.add(cells, filling);
    if (filling.size() >= kDeflatedAtOnce) deflate();
    if (++rows % kToldEach == 0) told(rows);
  });
  filling += RecordsWorkbook::tail();
  deflate();
  deflater.wait();
  if (!fits) {
    return Refusal{Reason::kTooLarge,
                   N_("what a sheet of these records says is more than a workbook holds, 4 GiB: "
                      "choose CSV, or ask for fewer"),
                   {}};
  }
  archive.end();
  archive.finish();
  return Done{};
}

Result<uint64_t> RecordExport::finish(const Told& told) {
  flush();
  if (format_ != ExportFormat::kLines) {
    out_ = folder_.make_file(name_);
    if (format_ == ExportFormat::kCsv) {
      finish_csv(told);
    } else if (const auto done = finish_xlsx(told); !done) {
      return done.refusal();
    }
    flush();
    folder_.remove(beside_);
  }
  out_.sync(kWhat);
  const off_t bytes = ::lseek(out_.get(), 0, SEEK_END);
  if (bytes < 0) raise_system_error(kWhat);
  folder_.sync();
  return static_cast<uint64_t>(bytes);
}

}  // namespace sitelog
