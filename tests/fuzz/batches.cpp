// Batches of entries at the table of streams, the real one on SQLite in memory. The input is a
// story: devices write, streams fork, batches of them arrive whole, spoilt, twice or in part.
#include "sync/ledger/crypto.hpp"
#include "sync/store/sqlite/schema.hpp"
#include "sync/store/sqlite/stream_table.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/material.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

constexpr const char* kBook = "u1";
constexpr size_t kChains = 4;
enum Act { kWrite, kSend, kFork, kForget, kErase, kActs };
enum Spoilt {
  kHonest,
  kEntry,
  kPrevious,
  kSignature,
  kKey,
  kEpoch,
  kMissing,
  kFirst,
  kBook2,
  kErased,
  kSpoilts
};

// What a device wrote, with hash(n) after each entry.
struct Chain {
  SigningKey key;
  StreamKey stream;
  std::vector<std::string> entries;
  std::vector<Hash> heads;

  Chain(uint8_t seed, uint64_t epoch)
      : key(key_of(seed)), stream{key.device(), {epoch}}, heads{chain_start(kBook, stream)} {}
  void write(std::string entry) {
    heads.push_back(chain_next(heads.back(), as_bytes(entry)));
    entries.push_back(std::move(entry));
  }
  Batch batch(size_t first, size_t count) const {
    Batch out{kBook, stream, key.public_key(), {first}, {}, {}, {}, {}};
    if (first > 1) out.previous = name_of(heads[first - 1]);
    for (size_t n = first; n < first + count; ++n) out.entries.push_back(entries[n - 1]);
    out.signature = sign_head(key, kBook, {stream, out.last(), heads[out.last().value]});
    return out;
  }
};

void spoil(Batch& batch, Spoilt how, Choices& choices) {
  switch (how) {
    case kEntry: batch.entries[choices.one_of(batch.entries.size())] = choices.sized(); break;
    case kPrevious: batch.previous.bytes[choices.one_of(16)] ^= 1; break;
    case kSignature: batch.signature.bytes[choices.one_of(64)] ^= 1; break;
    case kKey:
      batch.key = key_of(choices.byte()).public_key();
      batch.stream.device = device_of(batch.key);
      break;
    case kEpoch: batch.stream.epoch.value = choices.byte(); break;
    case kMissing: batch.entries.erase(batch.entries.begin()); break;
    case kErased: {
      const size_t index = choices.one_of(batch.entries.size());
      batch.erased[index] = batch.entry_digest(index);
      if (choices.one_of(4) == 0) batch.erased[index].bytes[0] ^= 1;
      batch.entries[index].clear();
      break;
    }
    case kFirst: batch.first.value += choices.one_of(3); break;
    case kBook2: batch.book = "u2"; break;
    default: break;
  }
}

// But for bodies that are erased.
bool same(const Batch& a, const Batch& b) {
  const bool same_previous = a.previous == b.previous || a.first.value == 1;  // there is none
  bool same_entries = a.entries.size() == b.entries.size();
  for (size_t i = 0; same_entries && i < a.entries.size(); ++i) {
    same_entries = a.entry_digest(i) == b.entry_digest(i);
  }
  return same_previous && same_entries && a.book == b.book && a.stream == b.stream &&
         a.key == b.key && a.first == b.first && a.signature == b.signature;
}

// A database with the newest schema; what is done to it is undone at the end.
class Scratch {
 public:
  explicit Scratch(Database& database) : database_(database) {
    database_.run("BEGIN");
    table = std::make_unique<StreamTable>(database_);
  }
  ~Scratch() {
    table.reset();
    database_.run("ROLLBACK");
  }
  void forget() {
    table->flush();
    table = std::make_unique<StreamTable>(database_);
  }

  Result<StreamTable::Appended> append(const Batch& batch) {
    auto out = table->append(batch);
    if (!out) return out;
    for (const NewEntry& added : out->added) table->insert_entry(added, std::nullopt);
    return out;
  }

  std::unique_ptr<StreamTable> table;

 private:
  Database& database_;
};

Database& new_database() {
  auto* made = new Database(":memory:", Database::Mode::kReadWrite);  // for the whole run
  MUST(static_cast<bool>(bring_up_to_date(*made, [] {})));
  return *made;
}

// Everything held goes over to another replica, batch by batch, and is the same there.
void check_passing_on(StreamTable& table, Scratch& other) {
  const int64_t book = table.book_id(kBook);
  for (const Tip& tip : table.vector(book)) {
    for (Sequence after; after < tip.number;) {
      const Batch batch = table.read(book, tip, after, nullptr);
      MUST(!batch.entries.empty() && batch.first.value == after.value + 1);
      MUST(batch.last() <= tip.number);
      const auto appended = other.append(batch);
      MUST(static_cast<bool>(appended));
      after = batch.last();
    }
  }
  const int64_t there = other.table->book_id(kBook);
  MUST(other.table->vector(there) == table.vector(book));
  MUST(other.table->digest(there) == table.digest(book));
}

void erase_one(StreamTable& table, Choices& choices) {
  const std::deque<StreamRow> rows = table.rows(table.book_id(kBook)).all();
  if (rows.empty()) return;
  const StreamRow& row = rows[choices.one_of(rows.size())];
  const uint64_t number = row.fork_number.value + 1 + choices.one_of(row.entries());
  const VersionVector before = table.vector(row.book_id);
  const int64_t entry_id = entry_id_of(row.id, {number});
  table.erase(entry_id);
  MUST(!table.body(entry_id));
  MUST(table.vector(row.book_id) == before);
}

void send(Scratch& here, const Chain& chain, Choices& choices) {
  const size_t first = 1 + choices.one_of(chain.entries.size());
  const size_t count = 1 + choices.one_of(chain.entries.size() - first + 1);
  const Batch honest = chain.batch(first, count);
  Batch batch = honest;
  spoil(batch, static_cast<Spoilt>(choices.one_of(kSpoilts)), choices);
  if (batch.entries.empty()) return;
  const int64_t book = here.table->book_id(batch.book);
  const VersionVector before = here.table->vector(book);
  const bool base_held =
      here.table->find(book, batch.stream, {{batch.first.value - 1}, batch.previous}).has_value();
  const auto appended = here.append(batch);
  const VersionVector after = here.table->vector(book);
  if (!appended) {
    check_refusal(appended.refusal(), 64);
    MUST(after == before);
    MUST((appended.refusal().reason == Reason::kGap) == !base_held);
    MUST(!base_held || !same(batch, honest));
    return;
  }
  MUST(base_held);
  MUST(appended->added.size() <= batch.entries.size());
  // Only what its device signed is taken: this very batch, or one more of its entries again.
  if (!appended->added.empty()) MUST(same(batch, honest));
  if (appended->added.empty()) MUST(after == before);
  MUST(here.table->find(book, batch.stream, mark_of(appended->end)).has_value());
  for (const Tip& tip : before) {
    MUST(here.table->find(book, tip.stream, mark_of(tip)).has_value());
  }
}

}  // namespace

FUZZ_TARGET(batches) {
  static Database& own = new_database();
  static Database& another = new_database();
  Choices choices(input);
  Scratch here(own);
  // The second is what a copy of the first one's disk writes.
  std::vector<Chain> chains{{3, 1}, {3, 1}, {3, 2}, {4, 1}};
  for (int acts = 0; !choices.empty() && acts < 40; ++acts) {
    const auto act = static_cast<Act>(choices.one_of(kActs));
    Chain& chain = chains[choices.one_of(kChains)];
    if (act == kWrite && chain.entries.size() < 32) chain.write(choices.sized());
    if (act == kSend && !chain.entries.empty()) send(here, chain, choices);
    if (act == kForget) here.forget();
    if (act == kErase) erase_one(*here.table, choices);
    if (act == kFork) {
      const size_t kept = std::min<size_t>(choices.byte(), chains[0].entries.size());
      chains[1] = Chain(3, 1);
      for (size_t i = 0; i < kept; ++i) chains[1].write(chains[0].entries[i]);
    }
  }
  Scratch there(another);
  check_passing_on(*here.table, there);
}
