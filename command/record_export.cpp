#include "command/record_export.hpp"

#include <boost/endian/conversion.hpp>
#include <map>

#include "campaign/record_sheet.hpp"
#include "command/answer_fields.hpp"
#include "command/pieces_in_order.hpp"
#include "command/terminal/records_workbook.hpp"
#include "engine/shown_reading.hpp"
#include "sheets/delimited.hpp"
#include "sheets/zip_writer.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/helper_threads.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kWrittenAtOnce = 256 * 1024;
constexpr const char* kWhat = "the export";

// Of what records say; of a sheet's text that is made of it, which takes several times as much, so
// much is in memory before it is compressed.
constexpr size_t kPieceBytes = 512 * 1024;
constexpr size_t kDeflatedAtOnce = 256 * 1024;
// Pieces that a thread may be ahead of the one that is written.
constexpr size_t kAheadOfEach = 3;
// Fewer are written as soon by one thread, which waits for none that others go before.
constexpr size_t kPiecesForHelpers = 4;

// A row that is kept beside: how many bytes follow; of how many cells beyond those of the columns
// that all have, which come first; each with its length before it, those beyond by twos, a column's
// key and the cell.
constexpr size_t kNumber = sizeof(uint32_t);

void store(uint32_t number, char* at) {
  boost::endian::store_little_u32(reinterpret_cast<unsigned char*>(at), number);
}

// Reads rows of a piece, which outlives it.
class Rows {
 public:
  explicit Rows(std::string_view piece) : left_(piece) {}

  // False where no more follow.
  bool next() {
    if (left_.empty()) return false;
    row_ = taken(left_, number_in(left_));
    return true;
  }
  uint32_t number() { return number_in(row_); }
  std::string_view text() { return taken(row_, number_in(row_)); }

 private:
  static std::string_view taken(std::string_view& from, size_t size) {
    if (from.size() < size) {
      throw StoreError(StoreError::Kind::kOther, "the export's file beside ends too early");
    }
    const std::string_view out = from.substr(0, size);
    from.remove_prefix(size);
    return out;
  }
  static uint32_t number_in(std::string_view& from) {
    return boost::endian::load_little_u32(
        reinterpret_cast<const unsigned char*>(taken(from, kNumber).data()));
  }
  std::string_view left_, row_;
};

// Takes rows apart, a cell for each column.
class RowCells {
 public:
  using Cells = std::vector<std::string_view>;

  RowCells(const std::vector<RecordColumn>& columns, const std::vector<RecordColumn>& base)
      : count_(columns.size()) {
    for (size_t i = 0; i < columns.size(); ++i) places_[columns[i].key] = i;
    for (const RecordColumn& column : base) base_.push_back(places_.at(column.key));
  }

  template <class Visit>  // (const Cells&)
  void each(std::string_view piece, const Visit& visit) {
    Rows rows(piece);
    while (rows.next()) {
      cells_.assign(count_, {});
      const uint32_t own = rows.number();
      for (const size_t place : base_) cells_[place] = rows.text();
      for (uint32_t i = 0; i < own; ++i) {
        const size_t place = places_.at(rows.text());
        cells_[place] = rows.text();
      }
      visit(cells_);
    }
  }

 private:
  const size_t count_;
  std::map<std::string_view, size_t> places_;
  std::vector<size_t> base_;
  Cells cells_;
};

// What a piece comes to in the file, with how many rows are there behind it.
template <class Content>
struct Made {
  Content content;
  int64_t rows = 0;
};

template <class Content>
void write_pieces(Helpers& helpers, size_t count,
                  const std::function<std::function<Made<Content>(size_t)>()>& maker,
                  const std::function<void(Made<Content>)>& put) {
  const size_t others = count < kPiecesForHelpers ? 0 : helper_count();
  PiecesInOrder<Made<Content>>({count, maker, put, kAheadOfEach * (others + 1)})
      .run(helpers, others);
}

// Thrown through what makes a workbook.
struct DoesNotFit {};

// Puts what one thread is told into its part.
class TakerOfExport final : public ShownTaker {
 public:
  TakerOfExport(std::unique_ptr<RecordExport::Part> part, const UnitTree& tree)
      : part_(std::move(part)), tree_(tree), name_(tree.name(unit_)) {}

  void begin(size_t piece) override { part_->begin(piece); }
  void take(const ShownRecord& record) override {
    if (unit_ != record.unit) name_ = tree_.name(unit_ = record.unit);
    part_->add(record, name_);
  }
  void end() override { part_->end(); }

 private:
  const std::unique_ptr<RecordExport::Part> part_;
  const UnitTree& tree_;
  BookCode unit_;
  std::string name_;
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
      format_(format),
      maker_(std::move(maker)),
      base_(maker_.columns({})),
      beside_(folder, std::move(beside)) {}

std::unique_ptr<RecordExport::Part> RecordExport::part() {
  return std::make_unique<Part>(*this);
}

RecordExport::Part::Part(RecordExport& to) : to_(to), rows_(to.maker_) {}

void RecordExport::Part::begin_row(size_t own) {
  row_ = piece_.size();
  piece_.append(2 * kNumber, '\0');
  store(static_cast<uint32_t>(own), piece_.data() + row_ + kNumber);
}

void RecordExport::Part::add_cell(std::string_view text) {
  char size[kNumber];
  store(static_cast<uint32_t>(text.size()), size);
  piece_.append(size, kNumber);
  piece_ += text;
}

void RecordExport::Part::end_row() {
  store(static_cast<uint32_t>(piece_.size() - row_ - kNumber), piece_.data() + row_);
}

void RecordExport::Part::add(const ShownRecord& record, std::string_view unit_name) {
  if (to_.format_ == ExportFormat::kLines) {
    piece_ += json::serialize(exported_line(record, unit_name));
    piece_ += '\n';
    return added();
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
  added();
}

void RecordExport::Part::add(const json::object& record) {
  if (to_.format_ == ExportFormat::kLines) {
    piece_ += json::serialize(exported_line(record));
    piece_ += '\n';
    return added();
  }
  RecordSheetMaker::More own;
  to_.maker_.take_more(record, own);
  begin_row(own.former.size() + own.explained.size() + (own.waiting ? 1 : 0));
  for (const RecordColumn& column : to_.base_) add_cell(to_.maker_.cell(record, column));
  const auto add_own = [&](const std::string& key) {
    RecordColumn column;
    column.key = key;
    add_cell(key);
    add_cell(to_.maker_.cell(record, column));
  };
  for (const std::string& field : own.former) add_own(field);
  for (const std::string& field : own.explained) add_own(std::string(kExplainPrefix) + field);
  if (own.waiting) add_own(std::string(kColumnWaiting));
  more_.waiting = more_.waiting || own.waiting;
  more_.former.merge(own.former);
  more_.explained.merge(own.explained);
  end_row();
  added();
}

void RecordExport::Part::added() {
  ++records_;
  if (piece_.size() >= kPieceBytes) end();
}

void RecordExport::Part::end() {
  if (records_ == 0) return;
  const size_t room = piece_.capacity();
  to_.beside_.put(number_, std::exchange(piece_, {}), records_);
  piece_.reserve(room);
  to_.records_ += std::exchange(records_, 0);
  const std::lock_guard lock(to_.more_mutex_);
  to_.more_.waiting = to_.more_.waiting || more_.waiting;
  to_.more_.former.insert(more_.former.begin(), more_.former.end());
  to_.more_.explained.insert(more_.explained.begin(), more_.explained.end());
}

void RecordExport::put(std::string_view bytes) {
  waiting_ += bytes;
  if (waiting_.size() >= kWrittenAtOnce) flush();
}

void RecordExport::flush() {
  out_.write(waiting_, kWhat);
  hasher_.add(waiting_);
  written_ += waiting_.size();
  waiting_.clear();
}

void RecordExport::finish_lines(Helpers& helpers, const Told& told) {
  const size_t pieces = beside_.close();
  write_pieces<std::string>(
      helpers, pieces,
      [&] {
        return [&](size_t at) { return Made<std::string>{beside_.take(at), beside_.rows_to(at)}; };
      },
      [&](const Made<std::string>& piece) {
        put(piece.content);
        told(piece.rows);
      });
}

void RecordExport::finish_csv(Helpers& helpers, const Told& told) {
  const size_t pieces = beside_.close();
  const auto columns = maker_.columns(more_);
  put(render_records_csv({maker_.title(), columns, {}}));
  const auto maker = [&] {
    return [&, cells = RowCells(columns, base_)](size_t at) mutable {
      const std::string piece = beside_.take(at);
      Made<std::string> out{{}, beside_.rows_to(at)};
      out.content.reserve(piece.size());
      cells.each(piece, [&](const RowCells::Cells& row) {
        for (size_t i = 0; i < row.size(); ++i) {
          if (i > 0) out.content += ',';
          add_delimited_cell(row[i], true, out.content);
        }
        out.content += "\r\n";
      });
      return out;
    };
  };
  write_pieces<std::string>(helpers, pieces, maker, [&](const Made<std::string>& piece) {
    put(piece.content);
    told(piece.rows);
  });
}

Result<> RecordExport::finish_xlsx(Helpers& helpers, const Told& told) {
  const size_t pieces = beside_.close();
  const auto columns = maker_.columns(more_);
  const RecordsWorkbook book(maker_.title(), columns);
  ZipWriter archive([this](std::string_view bytes) { put(bytes); });
  const auto add = [&archive](const auto& content) {
    if (!archive.add(content)) throw DoesNotFit();
  };
  const auto maker = [&] {
    const auto packer = std::make_shared<ZipPacker>();
    return [&, packer, text = std::string(), cells = RowCells(columns, base_)](size_t at) mutable {
      const std::string piece = beside_.take(at);
      auto number = static_cast<size_t>(beside_.rows_before(at));
      cells.each(piece, [&](const RowCells::Cells& row) {
        book.add(number++, row, text);
        if (text.size() < kDeflatedAtOnce) return;
        packer->add(text);
        text.clear();
      });
      packer->add(text);
      text.clear();
      return Made<ZipPiece>{packer->take(), beside_.rows_to(at)};
    };
  };
  try {
    for (const auto& [name, content] : book.parts()) {
      archive.begin(name);
      add(std::string_view(content));
      archive.end();
    }
    archive.begin(RecordsWorkbook::sheet_part());
    add(std::string_view(book.head()));
    write_pieces<ZipPiece>(helpers, pieces, maker, [&](const Made<ZipPiece>& piece) {
      add(piece.content);
      told(piece.rows);
    });
    add(std::string_view(RecordsWorkbook::tail()));
  } catch (const DoesNotFit&) {
    return Refusal{Reason::kTooLarge,
                   N_("what a sheet of these records says is more than a workbook holds, 4 GiB: "
                      "choose CSV, or ask for fewer"),
                   {}};
  }
  archive.end();
  archive.finish();
  return Done{};
}

Result<RecordExport::Written> RecordExport::finish(Helpers& helpers, const Told& told) {
  out_ = folder_.make_file(name_);
  if (format_ == ExportFormat::kLines) {
    finish_lines(helpers, told);
  } else if (format_ == ExportFormat::kCsv) {
    finish_csv(helpers, told);
  } else if (const auto done = finish_xlsx(helpers, told); !done) {
    return done.refusal();
  }
  flush();
  beside_.remove();
  out_.sync(kWhat);
  folder_.sync();
  return Written{written_, hasher_.finish().hex()};
}

void add_all(RecordExport& file, Engine& engine, Helpers& helpers, const RecordFilter& filter,
             const UnitTree& tree, const std::function<void(int64_t of)>& told) {
  read_all_shown(
      engine, helpers,
      {filter, [&] { return std::make_unique<TakerOfExport>(file.part(), tree); }, told});
}

}  // namespace sitelog
