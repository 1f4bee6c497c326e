// Entries packed in blocks, as people rely on them: what was written is read, whatever is packed.
#include <rapidcheck/catch.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "sync/ledger/limits.hpp"
#include "sync/store/sqlite/schema.hpp"
#include "sync/store/sqlite/stored_record.hpp"
#include "sync/store/sqlite/stream_table.hpp"
#include "tests/store/author.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";

SigningKey key_of(uint8_t seed) {
  std::array<uint8_t, 32> bytes{};
  bytes[0] = seed;
  return SigningKey::from_seed(bytes);
}

// Text as people write it, that packs well but not to nothing.
std::string text_of(size_t bytes, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string out;
  while (out.size() < bytes) out += "work " + std::to_string(random() % 1000) + " ";
  out.resize(bytes);
  return out;
}

// Streams of one book in a file: a device's own, two strangers', and a copy of the first stranger
// that parted from it. What each should hold is kept beside them.
class Kept {
 public:
  explicit Kept(const Packing& packing) : packing_(packing) {
    std::filesystem::remove(path());
    std::filesystem::remove(path() + "-wal");
    std::filesystem::remove(path() + "-shm");
    open();
  }

  void open() {
    table_.reset();
    database_ = std::make_unique<Database>(path(), Database::Mode::kReadWrite);
    prepare_writer(*database_);
    database_->run("PRAGMA synchronous = OFF");
    RC_ASSERT(static_cast<bool>(bring_up_to_date(*database_, [] {})));
    table_ = std::make_unique<StreamTable>(*database_, StoreOptions{.packing = packing_});
  }
  void write_own(const std::vector<std::string>& entries) {
    for (const std::string& bytes : entries) {
      database_->run("BEGIN");
      Hash head;
      const auto added = table_->append_own(table_->book_id(kUnit), {own_.device(), {1}},
                                            own_.public_key(), bytes, head);
      table_->insert_entry(added, std::nullopt);
      commit();
      own_bytes_.push_back(bytes);
    }
  }
  // As batches of up to `batch` entries, all in one transaction.
  void write_foreign(size_t author, const std::vector<std::string>& entries, size_t batch) {
    Author& by = authors_.at(author);
    const uint64_t before = by.last();
    for (const std::string& bytes : entries) by.write(bytes);
    database_->run("BEGIN");
    for (uint64_t first = before + 1; first <= by.last(); first += batch) {
      append(by.batch(first, std::min(first + batch - 1, by.last())));
    }
    commit();
  }
  // The last author writes on from somewhere in the first one's stream.
  void fork(size_t at) {
    authors_.back() = authors_.front().forked_at(at % (authors_.front().last() + 1));
  }

  // Every stream holds what was written, here and for one who only reads.
  void check() {
    Database reader(path(), Database::Mode::kReadOnly);
    prepare_reader(reader);
    StreamTable reading(reader);
    for (StreamTable* table : {table_.get(), &reading}) {
      const auto book = table->find_book(kUnit);
      if (!book) continue;
      for (const Author& author : authors_) {
        if (author.last() == 0) continue;
        const auto place = table->find(*book, author.stream(), mark_of(author.tip()));
        // What nobody has written since it parted may not have come here.
        if (!place) continue;
        std::vector<std::string> held;
        for (const Segment& way : table->way_to(*place)) take(*table, way, held);
        RC_ASSERT(held == author.bytes());
      }
      for (const StreamRow& row : table->rows(*book).all()) {
        if (row.key.device != own_.device()) continue;
        std::vector<std::string> held;
        take(*table, {row.id, {}, row.last}, held);
        RC_ASSERT(held == own_bytes_);
      }
    }
    // Each entry's bytes stand in one place.
    Statement twice(reader,
                    "SELECT (SELECT coalesce(sum(entries), 0) FROM blocks)"
                    " - (SELECT count(*) FROM entries WHERE bytes IS NULL)");
    RC_ASSERT(twice.number_or(-1) == 0);
  }
  int64_t blocks() { return Statement(*database_, "SELECT count(*) FROM blocks").number_or(-1); }

 private:
  std::string path() const { return folder_.file("shelf.db"); }
  void append(const Batch& batch) {
    const auto kept = table_->append(batch);
    RC_ASSERT(static_cast<bool>(kept));
    for (const NewEntry& added : kept->added) table_->insert_entry(added, std::nullopt);
  }
  void commit() {
    table_->flush();
    database_->run("COMMIT");
  }
  static void take(StreamTable& table, const Segment& way, std::vector<std::string>& out) {
    table.each(way.stream_id, way.from, way.to,
               [&](const StreamTable::Kept& kept) { out.emplace_back(kept.bytes); });
  }

  TemporaryFolder folder_;
  const Packing packing_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<StreamTable> table_;
  SigningKey own_ = key_of(1);
  std::vector<std::string> own_bytes_;
  std::vector<Author> authors_{Author(key_of(2), kUnit), Author(key_of(3), kUnit),
                               Author(key_of(2), kUnit)};
};

rc::Gen<std::vector<std::string>> some_entries() {
  const auto size = rc::gen::weightedOneOf<size_t>(
      {{1, rc::gen::just<size_t>(0)},
       {8, rc::gen::inRange<size_t>(1, 400)},
       {4, rc::gen::inRange<size_t>(400, 4000)},
       {1, rc::gen::inRange<size_t>(60'000, limits::kEntryBytesMax + 1)}});
  return rc::gen::container<std::vector<std::string>>(rc::gen::map(
      rc::gen::pair(size, rc::gen::arbitrary<uint64_t>()),
      [](const std::pair<size_t, uint64_t>& item) { return text_of(item.first, item.second); }));
}

// Headquarters and the second site pack all they can (tests/support/test_device.cpp), the first
// site nothing so small.
struct Place {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice a{clock, 2, headquarters, kUnit};
  TestDevice b{clock, 3, headquarters, kUnit};

  Place() {
    headquarters.set_campaign("c", "*");
    headquarters.grant(a, kUnit);
    headquarters.grant(b, kUnit);
  }
  void settle() {
    for (TestDevice* site : {&a, &b, &a}) sync(*site, headquarters);
  }
  void check_all_equal() {
    for (TestDevice* device : {&headquarters, &a, &b}) {
      CHECK(device->verified() == "");
      CHECK(device->state_digest(kUnit) == headquarters.state_digest(kUnit));
      CHECK(shown_of(*device, kUnit) == shown_of(headquarters, kUnit));
    }
  }
};

// The document kept of a record and that of a merge of its whole history.
void check_as_merged(TestDevice& device, const RecordId& record) {
  const auto merged = device.store().merged(kUnit, record, "event");
  REQUIRE(merged);
  Statement kept(device.store().database(),
                 "SELECT document(first_entry, state) FROM records WHERE record = ?1");
  kept.with(record);
  REQUIRE(kept.step());
  CHECK(kept.text(0) == document_of(*merged));
  CHECK(document_of(*device.event(record, kUnit)) == document_of(*merged));
}

std::string kind_of_state(TestDevice& device, const RecordId& record) {
  Statement kind(device.store().database(), "SELECT typeof(state) FROM records WHERE record = ?1");
  kind.with(record);
  return kind.step() ? kind.text(0) : "no record";
}

}  // namespace

TEST_CASE("what is packed comes out again, against the same prefix and no other") {
  rc::prop("for texts of any bytes", [](const std::string& text, const std::string& like) {
    Packer packer;
    const std::string alone = packer.pack(text);
    const std::string beside = packer.pack(text, like);
    RC_ASSERT(packer.unpack(alone) == text);
    RC_ASSERT(packer.unpack(beside, like) == text);
    // What a failed unpacking leaves behind does not show.
    packer.unpack(alone.substr(0, alone.size() / 2), like);
    RC_ASSERT(packer.unpack(alone) == text);
  });
  Packer packer;
  const std::string first = text_of(2000, 1);
  const std::string packed = packer.pack(first + "!", first);
  CHECK(packed.size() < 60);
  CHECK(packer.unpack(packed, first) == first + "!");
  CHECK(packer.unpack(packed, text_of(2000, 2)) == std::nullopt);
  CHECK(packer.unpack(packed) == std::nullopt);
  CHECK(packer.unpack("") == std::nullopt);
  // A bomb is not unfolded.
  CHECK(packer.unpack(packer.pack(std::string(Packer::kMax, 'x')))->size() == Packer::kMax);
  CHECK(packer.unpack(packer.pack(std::string(Packer::kMax + 1, 'x'))) == std::nullopt);
}

TEST_CASE("no bit of what is packed can change and another text come out") {
  Packer packer;
  const std::string like = text_of(500, 2);
  const std::string plain = text_of(400, 1) + like + text_of(100, 3);
  for (const std::string& prefix : {std::string(), like}) {
    std::string packed = packer.pack(plain, prefix);
    size_t found = 0;
    for (size_t bit = 0; bit < packed.size() * 8; ++bit) {
      const auto flipped = static_cast<char>(1 << bit % 8);
      packed[bit / 8] ^= flipped;
      const auto out = packer.unpack(packed, prefix);
      if (out != plain) {
        CHECK(out == std::nullopt);
        ++found;
      }
      packed[bit / 8] ^= flipped;
    }
    CHECK(found + 64 > packed.size() * 8);  // a few bits say nothing
    CHECK(packer.unpack(packed, prefix) == plain);
  }
}

TEST_CASE("entries are read back byte for byte, however they were written, cut and packed") {
  int64_t blocks = 0;
  rc::prop("for random writing, reopening and forking", [&] {
    Kept shelf({*rc::gen::inRange<size_t>(1, 4000), *rc::gen::inRange<size_t>(1, 9000)});
    for (int i = *rc::gen::inRange(1, 10); i > 0; --i) {
      switch (*rc::gen::inRange(0, 6)) {
        case 0: shelf.open(); break;
        case 1: shelf.fork(*rc::gen::inRange<size_t>(0, 1000)); break;
        case 2: shelf.write_own(*some_entries()); break;
        default:
          shelf.write_foreign(*rc::gen::inRange<size_t>(0, 3), *some_entries(),
                              *rc::gen::inRange<size_t>(1, 30));
      }
      if (*rc::gen::inRange(0, 3) == 0) shelf.check();
    }
    shelf.check();
    blocks += shelf.blocks();
  });
  CHECK(blocks > 100);
}

TEST_CASE("entries of the greatest size are packed, read and given on as all others") {
  Place place;
  for (int i = 0; i < 6; ++i) {
    place.a.add_event("event", {{"report", text_of(60'000 + static_cast<size_t>(i) * 700, 7)}});
  }
  place.settle();
  CHECK(place.headquarters.count("SELECT count(*) FROM blocks") >= 6);
  place.check_all_equal();
}

TEST_CASE("whatever is done to records across blocks, all replicas show the same") {
  Place place;
  std::vector<RecordId> events;
  for (int i = 0; i < 40; ++i) {
    const bool counted = i % 3 == 0;
    events.push_back(place.a.add_event("event " + std::to_string(i),
                                       {{"_campaign", counted ? "c" : "other"},
                                        {"kind", "film"},
                                        {"participants", i},
                                        {"venue", text_of(60 + 13 * static_cast<size_t>(i), 3)}}));
    if (i == 20) place.settle();
  }
  place.settle();
  REQUIRE(place.headquarters.count("SELECT count(*) FROM blocks") > 5);
  REQUIRE(place.a.count("SELECT count(*) FROM blocks") +
              place.b.count("SELECT count(*) FROM blocks") >
          5);
  for (const size_t i : {0, 1, 19, 20, 39}) {
    place.a.edit_event(events[i], "title", "by a");
    place.b.edit_event(events[i], "title", "by b");
    place.b.edit_event(events[i], "kind", "talk");
  }
  const std::string copy = place.b.take_copy("copy.db");
  place.settle();
  CHECK(place.headquarters.count("SELECT count(*) FROM conflicts") == 5);
  place.check_all_equal();
  // Decided, shown anew under another policy, and back from a copy.
  place.b.edit_event(events[0], "title", "decided");
  place.headquarters.set_policy(kUnit, "title", "ask");
  place.settle();
  CHECK(place.a.count("SELECT count(*) FROM conflicts") == 4);
  place.check_all_equal();
  place.b.restore(copy);
  for (int i = 0; i < 15; ++i) place.b.add_event("after the copy");
  place.settle();
  place.check_all_equal();
  // All of a device is set aside and comes back.
  place.headquarters.revoke(place.a, kUnit, {});
  sync(place.b, place.headquarters);
  CHECK(place.headquarters.count("SELECT count(*) FROM quarantine") >= 45);
  CHECK(place.headquarters.verified() == "");
  CHECK(place.b.verified() == "");
  CHECK(shown_of(place.b, kUnit) == shown_of(place.headquarters, kUnit));
  place.headquarters.reinstate(place.a, kUnit);
  place.settle();
  CHECK(place.headquarters.count("SELECT count(*) FROM quarantine") == 0);
  place.check_all_equal();
  for (const RecordId& event : events) check_as_merged(place.headquarters, event);
  for (TestDevice* device : {&place.headquarters, &place.a, &place.b}) {
    device->reopen();
    CHECK(device->verified() == "");
  }
}

TEST_CASE("what a conflict of many candidates lists is packed, and reads as it was") {
  Place place;
  const RecordId event = place.a.add_event("one");
  Author author(place.a.key(), kUnit, 7);
  for (int i = 0; i < 300; ++i) {
    Entry entry;
    entry.record = event;
    entry.form = "event";
    entry.person = "recorded by somebody with a long name";
    entry.assignments = {{"title", "candidate " + std::to_string(i), {}}};
    author.write(entry);
  }
  place.headquarters.store().transact([&] {
    REQUIRE(place.headquarters.store().append(place.a.as_peer(), author.all(),
                                              place.headquarters.now()));
    return 0;
  });
  place.settle();
  place.check_all_equal();
  for (TestDevice* device : {&place.headquarters, &place.b}) {
    CHECK(device->count("SELECT json_array_length(unpacked(conflict), '$.candidates')"
                        " FROM conflicts") == 301);
    CHECK(device->count("SELECT length(unpacked(conflict)) > 5 * length(conflict)"
                        " FROM conflicts") == 1);
  }
  for (const char* damage : {"zeroblob(20)", "substr(conflict, 1, length(conflict) - 9)"}) {
    const std::string copy = place.b.take_copy("damaged.db");
    {
      Database database(copy, Database::Mode::kReadWrite);
      database.run(std::string("UPDATE conflicts SET conflict = ") + damage);
    }
    place.b.restore(copy);
    CHECK(place.b.verified() != "");
  }
}

TEST_CASE("a record alone, edited, without its first entry and alone again is always its merge") {
  Place place;
  const RecordId record = place.a.add_event("one", {{"venue", "hall"}, {"participants", 3}});
  place.settle();
  CHECK(kind_of_state(place.headquarters, record) == "null");
  check_as_merged(place.headquarters, record);
  place.b.edit_event(record, "title", "two");
  place.settle();
  CHECK(kind_of_state(place.headquarters, record) == "blob");
  check_as_merged(place.headquarters, record);
  place.headquarters.revoke(place.a, kUnit, {});
  CHECK(kind_of_state(place.headquarters, record) == "null");
  check_as_merged(place.headquarters, record);
  CHECK(place.headquarters.event(record, kUnit)->text("venue") == "");
  CHECK(place.headquarters.verified() == "");
  place.headquarters.revoke(place.b, kUnit, {});
  CHECK(place.headquarters.count("SELECT count(*) FROM records WHERE form = 'event'"
                                 " AND first_entry IS NULL AND list_id IS NULL") == 1);
  CHECK(!place.headquarters.event(record, kUnit));
  CHECK(place.headquarters.verified() == "");
  place.headquarters.reinstate(place.a, kUnit);
  CHECK(kind_of_state(place.headquarters, record) == "null");
  check_as_merged(place.headquarters, record);
  CHECK(place.headquarters.event(record, kUnit)->text("venue") == "hall");
  CHECK(place.headquarters.verified() == "");
  place.headquarters.reinstate(place.b, kUnit);
  CHECK(kind_of_state(place.headquarters, record) == "blob");
  check_as_merged(place.headquarters, record);
  place.settle();
  place.check_all_equal();
}

TEST_CASE("a document of more than can be packed is kept as text, and packed once it is smaller") {
  Place place;
  place.settle();
  const RecordId record = place.a.add_event("long");
  // A control character is six in JSON.
  const std::string unprintable(60'000, '\x01');
  const auto set_all = [&](const Value& value, int from) {
    place.a.store().transact([&] {
      for (int i = from; i < 48; ++i) {
        const auto state = place.a.store().state(kUnit, record, "event");
        const std::string field = "report " + std::to_string(i);
        CHECK(static_cast<bool>(place.a.store().write(
            kUnit, compose(&*state, record, "event", {{field, value}}), place.a.now(), "ana")));
      }
      return 0;
    });
  };
  set_all(unprintable, 0);
  CHECK(kind_of_state(place.a, record) == "text");
  check_as_merged(place.a, record);
  CHECK(place.a.verified() == "");
  set_all(Value(), 2);
  CHECK(kind_of_state(place.a, record) == "blob");
  check_as_merged(place.a, record);
  CHECK(place.a.verified() == "");
}

TEST_CASE("a run that is damaged is left as it stands when the entries behind it are packed") {
  for (const std::string damage : {"DELETE FROM entries WHERE entry_id = ",
                                   "UPDATE entries SET bytes = NULL WHERE entry_id = "}) {
    CAPTURE(damage);
    Place place;
    sync(place.b, place.headquarters);
    std::vector<RecordId> events;
    for (int i = 0; i < 6; ++i) events.push_back(place.b.add_event("event " + std::to_string(i)));
    REQUIRE(place.b.count("SELECT count(*) FROM blocks") == 0);
    Statement third(place.b.store().database(),
                    "SELECT first_entry FROM records WHERE record = ?1");
    const int64_t lost = third.with(events[2]).number_or(0);
    place.b.store().database().run(damage + std::to_string(lost));
    place.b.reopen();
    for (int i = 6; i < 60; ++i) events.push_back(place.b.add_event("event " + std::to_string(i)));
    CHECK(place.b.count("SELECT count(*) FROM blocks") > 1);
    for (size_t i = 0; i < events.size(); ++i) {
      if (i == 2) continue;
      CHECK(place.b.event(events[i])->text("title") == "event " + std::to_string(i));
    }
    const std::string found = place.b.verified();
    const bool missing = damage.starts_with("DELETE");
    CHECK(found.find(missing ? ", entry 4: " : ", entry 3: ") != std::string::npos);
    CHECK(found.find(", entry 7: ") == std::string::npos);
  }
}

TEST_CASE("who reads while entries are packed sees one moment, before or after") {
  Place place;
  for (int i = 0; i < 2; ++i) place.b.add_event("event " + std::to_string(i));
  sync(place.b, place.headquarters);
  const std::string path = place.headquarters.database();
  const auto titles = [](Database& database) {
    Statement rows(database,
                   "SELECT document(first_entry, state) ->> '$.fields.title' ||"
                   " length(entry_bytes(first_entry, (SELECT bytes FROM entries"
                   " WHERE entry_id = first_entry))) FROM records WHERE form = 'event'"
                   " ORDER BY record");
    std::vector<std::string> out;
    while (rows.step()) out.push_back(rows.text(0));
    return out;
  };
  Database early(path, Database::Mode::kReadOnly);
  prepare_reader(early);
  early.run("BEGIN");
  const auto before = titles(early);
  REQUIRE(before.size() == 2);
  const int64_t loose = place.headquarters.count("SELECT count(*) FROM blocks");
  for (int i = 0; i < 30; ++i) place.b.add_event("later event " + std::to_string(i));
  sync(place.b, place.headquarters);
  REQUIRE(place.headquarters.count("SELECT count(*) FROM blocks") > loose);
  Database late(path, Database::Mode::kReadOnly);
  prepare_reader(late);
  late.run("BEGIN");
  CHECK(titles(early) == before);
  const auto after = titles(late);
  CHECK(after.size() == 32);
  early.run("COMMIT");
  CHECK(titles(early) == after);
}

TEST_CASE("two threads read every entry rightly while a third one writes and packs") {
  Place place;
  place.a.add_event("event");
  place.settle();
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0, rounds = 0;
  const auto read = [&, path = place.headquarters.database()] {
    do {
      Database database(path, Database::Mode::kReadOnly);
      prepare_reader(database);
      for (int i = 0; i < 3; ++i) {
        database.run("BEGIN");
        StreamTable streams(database);
        for (const BookCode& book : streams.books()) {
          for (const StreamRow& row : streams.rows(streams.book_id(book)).all()) {
            Hash hash = chain_start(book, row.key);
            streams.each(row.id, {}, row.last, [&](const StreamTable::Kept& kept) {
              hash = chain_next(hash, as_bytes(kept.bytes));
              if (name_of(hash) != kept.name) ++wrong;
            });
            if (hash != row.head) ++wrong;
          }
        }
        database.run("COMMIT");
      }
      ++rounds;
    } while (!done);
  };
  std::thread one(read), two(read);
  for (int i = 0; i < 25; ++i) {
    for (int k = 0; k < 8; ++k) place.a.add_event("event " + std::to_string(i));
    sync(place.a, place.headquarters);
  }
  done = true;
  one.join();
  two.join();
  CHECK(wrong == 0);
  CHECK(rounds >= 2);
  CHECK(place.headquarters.count("SELECT count(*) FROM blocks") > 20);
}

TEST_CASE("entries without any bytes make no block without end") {
  VirtualClock clock;
  TestDevice headquarters(clock, 1), site(clock, 3, headquarters, kUnit);
  Author author(key_of(9), kUnit);
  for (int i = 0; i < 6000; ++i) author.write(std::string());
  author.write(text_of(20'000, 1));
  for (uint64_t first = 1; first <= author.last(); first += limits::kBatchEntriesMax) {
    const uint64_t last = std::min(author.last(), first + limits::kBatchEntriesMax - 1);
    const auto kept = site.store().transact([&] {
      return site.store().append(headquarters.as_peer(), author.batch(first, last), site.now());
    });
    REQUIRE(kept);
  }
  CHECK(site.count("SELECT max(entries) FROM blocks") < 5000);
  CHECK(site.verified() == "");
}
