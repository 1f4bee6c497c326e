#include "sync/store/sqlite/stored_record.hpp"

#include <sqlite3.h>

#include <map>
#include <memory>

#include "sync/ledger/entry.hpp"
#include "sync/merge/document.hpp"
#include "sync/store/sqlite/entry_blocks.hpp"
#include "sync/store/sqlite/stream_table.hpp"
#include "sync/store/sqlite/tally_rows.hpp"

namespace sitelog {

namespace {

namespace json = boost::json;

constexpr const char* kUnreadable = "a merged record does not read back";

std::string_view text_of(sqlite3_value* value) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_value_bytes(value))};
}

void give(sqlite3_context* context, const std::string& text) {
  sqlite3_result_text64(context, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

void fail(sqlite3_context* context, const char* what, int code) {
  sqlite3_result_error(context, what, -1);
  sqlite3_result_error_code(context, code);
}

// One connection's.
class Functions {
 public:
  explicit Functions(Database& database) : database_(database), blocks_(database) {}

  void entry_bytes(sqlite3_context* context, sqlite3_value** args) {
    if (sqlite3_value_type(args[1]) != SQLITE_NULL) return sqlite3_result_value(context, args[1]);
    const auto* bytes = blocks_.find(sqlite3_value_int64(args[0]));
    if (bytes != nullptr) {
      sqlite3_result_blob64(context, bytes->data(), bytes->size(), SQLITE_TRANSIENT);
    }
  }

  void forget_block(int64_t first_entry) { blocks_.forget(first_entry); }

  void document(sqlite3_context* context, sqlite3_value** args) {
    const int kind = sqlite3_value_type(args[1]);
    if (kind == SQLITE_TEXT) return sqlite3_result_value(context, args[1]);
    if (sqlite3_value_type(args[0]) == SQLITE_NULL) return;
    std::optional<std::string> out;
    const auto entry = read_entry(sqlite3_value_int64(args[0]));
    if (entry && kind == SQLITE_BLOB) {
      const std::string_view packed(static_cast<const char*>(sqlite3_value_blob(args[1])),
                                    static_cast<size_t>(sqlite3_value_bytes(args[1])));
      out = blocks_.packer().unpack(packed, entry->bytes);
    } else if (entry && kind == SQLITE_NULL) {
      if (const auto record = record_of(*entry)) out = document_of(*record);
    }
    if (out) {
      give(context, *out);
    } else {
      fail(context, kUnreadable, SQLITE_CORRUPT);
    }
  }

  void unpacked(sqlite3_context* context, sqlite3_value** args) {
    if (sqlite3_value_type(args[0]) != SQLITE_BLOB) return sqlite3_result_value(context, args[0]);
    const std::string_view packed(static_cast<const char*>(sqlite3_value_blob(args[0])),
                                  static_cast<size_t>(sqlite3_value_bytes(args[0])));
    if (const auto out = blocks_.packer().unpack(packed)) {
      give(context, *out);
    } else {
      fail(context, "what a conflict lists does not read back", SQLITE_CORRUPT);
    }
  }

  EntryAsRecord as_record(int64_t entry_id, json::storage_ptr memory) {
    const auto entry = read_entry(entry_id);
    const auto record = entry ? record_of(*entry) : std::nullopt;
    if (!record) throw StoreError(StoreError::Kind::kDamaged, kUnreadable);
    return {entry->name, document_object(*record, std::move(memory)), entry->bytes.size()};
  }

  EntryAsState as_state(int64_t entry_id) {
    const auto entry = read_entry(entry_id);
    auto record = entry ? record_of(*entry) : std::nullopt;
    if (!record) throw StoreError(StoreError::Kind::kDamaged, kUnreadable);
    return {std::move(*record), entry->bytes.size()};
  }

  std::string_view bytes_of(int64_t entry_id) {
    select(entry_id);
    if (!select_entry_->step()) throw StoreError(StoreError::Kind::kDamaged, kUnreadable);
    const bool loose = !select_entry_->is_null(1);
    if (loose) loose_.assign(select_entry_->view(1));
    select_entry_->restart();
    if (loose) return loose_;
    const auto* bytes = blocks_.find(entry_id);
    if (bytes == nullptr) throw StoreError(StoreError::Kind::kDamaged, kUnreadable);
    return *bytes;
  }

  void add_sums(sqlite3_context* context, sqlite3_value** args) {
    Sums out = parse_sums(text_of(args[0]));
    out.add(parse_sums(text_of(args[1])));
    give(context, sums_column(out));
  }

 private:
  struct Read {
    int64_t id = 0;
    EntryName name;
    std::string bytes;
  };

  void select(int64_t entry_id) {
    if (!select_entry_) {
      select_entry_.emplace(database_, "SELECT name, bytes FROM entries WHERE entry_id = ?1");
    }
    select_entry_->with(entry_id);
  }

  std::optional<Read> read_entry(int64_t entry_id) {
    select(entry_id);
    if (!select_entry_->step()) return std::nullopt;
    Read out{entry_id, select_entry_->fixed<EntryName>(0), {}};
    const bool loose = !select_entry_->is_null(1);
    if (loose) out.bytes = select_entry_->text(1);
    select_entry_->restart();
    if (loose) return out;
    const auto* bytes = blocks_.find(entry_id);
    if (bytes == nullptr) return std::nullopt;
    out.bytes = *bytes;
    return out;
  }

  // What the entry comes to, being the only one of its record.
  std::optional<RecordState> record_of(const Read& entry) {
    auto decoded = decode_entry(as_bytes(entry.bytes));
    if (!decoded) return std::nullopt;
    const Origin origin{.entry = entry.name,
                        .stream = stream_of_entry(entry.id),
                        .number = number_of(entry.id),
                        .by_authority = false,  // says nothing where nothing is in conflict
                        .clock = decoded->clock,
                        .hybrid = decoded->hybrid,
                        .when = decoded->clock.wall,
                        .person = decoded->person.name};
    return begin_record({origin, std::move(*decoded)});
  }

  StreamKey stream_of_entry(int64_t entry_id) {
    const int64_t stream_id = stream_of(entry_id);
    if (const auto at = streams_.find(stream_id); at != streams_.end()) return at->second;
    if (!select_stream_) {
      select_stream_.emplace(database_,
                             "SELECT device, epoch FROM streams JOIN devices USING (device_id)"
                             " WHERE stream_id = ?1");
    }
    select_stream_->with(stream_id);
    StreamKey out;
    if (select_stream_->step()) {
      out = {select_stream_->fixed<DeviceId>(0),
             {static_cast<uint64_t>(select_stream_->number(1))}};
      select_stream_->restart();
      streams_[stream_id] = out;
    }
    return out;
  }

  Database& database_;
  BlockReader blocks_;
  std::optional<Statement> select_entry_, select_stream_;
  std::string loose_;
  std::map<int64_t, StreamKey> streams_;
};

using Method = void (Functions::*)(sqlite3_context*, sqlite3_value**);

// What the statement around a function is to end with, for what ended the one inside it.
int result_code(StoreError::Kind kind) {
  switch (kind) {
    case StoreError::Kind::kFull: return SQLITE_FULL;
    case StoreError::Kind::kBusy: return SQLITE_BUSY;
    case StoreError::Kind::kShortage: return SQLITE_NOMEM;
    case StoreError::Kind::kOther: return SQLITE_IOERR;
    case StoreError::Kind::kDamaged: break;
  }
  return SQLITE_CORRUPT;
}

template <Method method>
void call(sqlite3_context* context, int, sqlite3_value** args) {
  try {
    (static_cast<Functions*>(sqlite3_user_data(context))->*method)(context, args);
  } catch (const StoreError& error) {
    fail(context, error.what(), result_code(error.kind()));
  } catch (const std::bad_alloc&) {
    sqlite3_result_error_nomem(context);
  } catch (const std::exception& error) {
    fail(context, error.what(), SQLITE_CORRUPT);
  }
}

Functions& functions_of(Database& database) {
  return *static_cast<Functions*>(attach_functions(database).companion().get());
}

}  // namespace

Database& attach_functions(Database& database) {
  if (database.companion()) return database;
  auto functions = std::make_shared<Functions>(database);
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
  sqlite3_create_function_v2(database.native(), "entry_bytes", 2, kFlags, functions.get(),
                             call<&Functions::entry_bytes>, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(database.native(), "document", 2, kFlags, functions.get(),
                             call<&Functions::document>, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(database.native(), "unpacked", 1, kFlags, functions.get(),
                             call<&Functions::unpacked>, nullptr, nullptr, nullptr);
  sqlite3_create_function_v2(database.native(), "add_sums", 2, kFlags, functions.get(),
                             call<&Functions::add_sums>, nullptr, nullptr, nullptr);
  database.keep(std::move(functions));
  return database;
}

EntryAsRecord entry_as_record(Database& database, int64_t entry_id, json::storage_ptr memory) {
  return functions_of(database).as_record(entry_id, std::move(memory));
}

EntryAsState entry_as_state(Database& database, int64_t entry_id) {
  return functions_of(database).as_state(entry_id);
}

std::string_view stored_bytes(Database& database, int64_t entry_id) {
  return functions_of(database).bytes_of(entry_id);
}

void forget_block(Database& database, int64_t first_entry) {
  functions_of(database).forget_block(first_entry);
}

}  // namespace sitelog
