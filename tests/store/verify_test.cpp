#include "sync/store/verify.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>

#include "sync/session/message.hpp"
#include "sync/store/folder.hpp"
#include "sync/store/sqlite/schema.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

// Stores with something in every table. Headquarters and `b` pack all they can, `a` nothing so
// small (tests/support/test_device.cpp).
struct Full {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice a{clock, 2, headquarters, "u"};
  TestDevice b{clock, 3, headquarters, "u"};
  TestDevice nobody{clock, 4, headquarters, "u"};
  std::string copy;

  Full() {
    headquarters.set_campaign("c", "*");
    headquarters.grant(a, "u");
    headquarters.grant(b, "u");
    const RecordId event =
        a.add_event("one", {{"_campaign", "c"}, {"kind", "film"}, {"participants", 5}});
    nobody.add_event("not granted");
    const RecordId edited = b.add_event("edited", {{"_campaign", "c"}, {"venue", "hall"}});
    for (int i = 0; i < 12; ++i) {
      b.add_event("event " + std::to_string(i), {{"venue", "a hall of which much is to be told"}});
    }
    b.edit_event(edited, "venue", "another hall");
    for (TestDevice* site : {&a, &b}) sync(*site, headquarters);
    Wire(nobody, headquarters).run();  // it brings what it has, and reads nothing
    a.edit_event(event, "title", "by a");
    b.edit_event(event, "title", "by b");
    for (TestDevice* site : {&a, &b, &a}) sync(*site, headquarters);
    headquarters.store().database().run(
        "INSERT INTO invitations VALUES (randomblob(32), 'u', 1800000000000, x'" + a.id().hex() +
        "'), (randomblob(32), 'u', 1800000000000, NULL)");
    a.store().set_meta("last_sync", R"({"caught_up":true})");
    for (TestDevice* packs : {&headquarters, &b}) {
      REQUIRE(packs->count("SELECT count(*) FROM blocks") > 1);
      REQUIRE(packs->count("SELECT count(*) FROM records WHERE typeof(state) = 'blob'") > 0);
      REQUIRE(packs->count("SELECT count(*) FROM records WHERE form = 'event' AND state IS NULL"
                           " AND first_entry IS NOT NULL") > 10);
    }
  }

  // Finds the kinds of what `damage` did to a copy.
  std::set<std::string> damaged(const std::string& damage) {
    const std::string path = headquarters.take_copy("damaged.db");
    {
      Database database(path, Database::Mode::kReadWrite);
      database.run(damage);
      REQUIRE(database.changes() > 0);
    }
    const auto found = findings(path);
    std::filesystem::remove(path);
    return found;
  }
  std::set<std::string> findings(const std::string& path) {
    SmallCatalogue catalogue;
    const Verified out =
        verify_store(path, headquarters.headquarters(), headquarters.headquarters_id(), catalogue,
                     [](const char*, int64_t) {});
    std::set<std::string> kinds;
    for (const Finding& finding : out.findings) kinds.insert(finding.kind);
    CHECK((out.findings_total == 0) == kinds.empty());
    return kinds;
  }
};

// SQL that changes the last byte of a blob in one row.
std::string flip(const std::string& table, const std::string& column, const std::string& where) {
  return "UPDATE " + table + " SET " + column + " = cast(substr(" + column + ", 1, length(" +
         column + ") - 1) || (CASE WHEN hex(substr(" + column +
         ", -1)) = '41' THEN x'42' ELSE x'41' END) AS BLOB)" +
         " WHERE rowid IN (SELECT rowid FROM " + table + " WHERE " + column + " IS NOT NULL AND " +
         where + " LIMIT 1)";
}

}  // namespace

TEST_CASE("a good store verifies, and what was checked is counted") {
  Full full;
  const std::string path = full.headquarters.take_copy("good.db");
  SmallCatalogue catalogue;
  const Verified out =
      verify_store(path, full.headquarters.headquarters(), full.headquarters.headquarters_id(),
                   catalogue, [](const char*, int64_t) {});
  CHECK(out.findings_total == 0);
  CHECK(out.entries == full.headquarters.count("SELECT count(*) FROM entries"));
  CHECK(out.records == full.headquarters.count("SELECT count(*) FROM records"));
  CHECK(out.heads > 0);
}

TEST_CASE("whatever is changed behind the store's back is found and named") {
  Full full;
  const std::string event =
      "record_id IN (SELECT record_id FROM records WHERE form = 'event' AND first_entry IS NOT "
      "NULL)";
  CHECK(full.damaged(flip("entries", "bytes", event)).contains("chain"));
  CHECK(full.damaged(flip("entries", "name", event)).contains("chain"));
  CHECK(full.damaged("DELETE FROM entries WHERE entry_id IN (SELECT entry_id FROM entries LIMIT 1)")
            .contains("entry"));
  CHECK(full.damaged("UPDATE entries SET record_id = (SELECT max(record_id) FROM records) WHERE " +
                     event)
            .contains("entry"));
  CHECK(full.damaged("UPDATE heads SET signature = zeroblob(64)").contains("head"));
  CHECK(full.damaged("UPDATE heads SET head = zeroblob(32)").contains("head"));
  CHECK(full.damaged("UPDATE heads SET number = number + 1000").contains("head"));
  CHECK(full.damaged("UPDATE streams SET head = zeroblob(32)").contains("chain"));
  CHECK(full.damaged("UPDATE streams SET last = last - 1 WHERE last > 1").contains("entry"));
  CHECK(full.damaged("UPDATE devices SET key = zeroblob(32)").contains("head"));
  CHECK(full.damaged("UPDATE records SET state = replace(state, 'by', 'my') WHERE " + event)
            .contains("record"));
  CHECK(full.damaged("UPDATE records SET heads = zeroblob(10) WHERE " + event).contains("record"));
  CHECK(full.damaged("UPDATE records SET state = NULL WHERE " + event).contains("record"));
  CHECK(full.damaged("UPDATE conflicts SET conflict = replace(conflict, 'by a', 'by x')")
            .contains("conflict"));
  CHECK(full.damaged("DELETE FROM conflicts").contains("conflict"));
  CHECK(full.damaged("UPDATE quarantine SET reason = 'revoked'").contains("quarantine"));
  CHECK(full.damaged("DELETE FROM quarantine").contains("quarantine"));
  CHECK(full.damaged("UPDATE tallies SET sums = replace(sums, ':', ':1')").contains("tally"));
  CHECK(full.damaged("DELETE FROM tallies").contains("tally"));
  CHECK(full.damaged("INSERT INTO tallies VALUES ('c', 1, 'pending', '[\"x\",\"\"]', '{}')")
            .contains("tally"));
  CHECK(full.damaged("UPDATE books SET state_digest = zeroblob(32) WHERE records > 0")
            .contains("digest"));
  CHECK(full.damaged("UPDATE books SET entries = entries + 1").contains("count"));
  CHECK(full.damaged("UPDATE books SET records = records + 1").contains("count"));
}

TEST_CASE("whatever is changed of what is packed or listed is found and named") {
  Full full;
  const std::string one_block = "first_entry IN (SELECT first_entry FROM blocks LIMIT 1)";
  const std::string alone = "form = 'event' AND state IS NULL AND first_entry IS NOT NULL";
  const std::string packed = "typeof(state) = 'blob'";
  CHECK(full.damaged(flip("blocks", "packed", "1")).contains("entry"));
  CHECK(full.damaged("UPDATE blocks SET packed = x'' WHERE " + one_block).contains("entry"));
  CHECK(
      full.damaged("UPDATE blocks SET entries = entries + 1 WHERE " + one_block).contains("entry"));
  CHECK(
      full.damaged("UPDATE blocks SET entries = entries - 1 WHERE " + one_block).contains("entry"));
  CHECK(full.damaged("UPDATE blocks SET entries = 0 WHERE " + one_block).contains("entry"));
  CHECK(full.damaged("UPDATE blocks SET entries = -1 WHERE " + one_block).contains("entry"));
  CHECK(full.damaged("UPDATE blocks SET first_entry = first_entry + 1000").contains("entry"));
  CHECK(full.damaged("UPDATE blocks SET first_entry = first_entry + 1 WHERE " + one_block)
            .contains("chain"));
  CHECK(full.damaged("UPDATE blocks SET packed = (SELECT packed FROM blocks AS other"
                     " WHERE other.first_entry <> blocks.first_entry)")
            .contains("chain"));
  CHECK(full.damaged("DELETE FROM blocks WHERE " + one_block).contains("chain"));
  CHECK(full.damaged("DELETE FROM blocks").contains("chain"));
  CHECK(full.damaged("UPDATE entries SET bytes = x'00' WHERE bytes IS NULL").contains("entry"));
  CHECK(full.damaged("UPDATE entries SET bytes = NULL WHERE bytes IS NOT NULL").contains("chain"));
  CHECK(full.damaged("DELETE FROM entries WHERE entry_id IN (SELECT first_entry + 1 FROM blocks)")
            .contains("entry"));

  for (const std::string column : {"form", "campaign"}) {
    CHECK(full.damaged("UPDATE lists SET " + column + " = " + column +
                       " || 'x' WHERE list_id IN"
                       " (SELECT list_id FROM records WHERE form = 'event')")
              .contains("record"));
  }
  CHECK(full.damaged("UPDATE lists SET review = 'x'").contains("record"));
  CHECK(full.damaged("UPDATE lists SET book_id = 3 - book_id").contains("record"));
  CHECK(full.damaged("UPDATE lists SET list_id = list_id + 100").contains("record"));
  CHECK(full.damaged("DELETE FROM lists").contains("record"));
  CHECK(full.damaged("UPDATE records SET list_id = NULL WHERE " + alone).contains("record"));
  CHECK(full.damaged("UPDATE records SET list_id = (SELECT max(list_id) FROM lists)")
            .contains("record"));

  CHECK(full.damaged("UPDATE records SET first_entry = first_entry + 1 WHERE " + alone)
            .contains("record"));
  CHECK(full.damaged("UPDATE records SET first_entry = first_entry + 1 WHERE " + packed)
            .contains("record"));
  CHECK(full.damaged("UPDATE records SET first_entry = NULL WHERE " + alone).contains("record"));
  CHECK(full.damaged("UPDATE records SET first_entry = 1 WHERE " + packed).contains("record"));
  CHECK(full.damaged("UPDATE records SET first_entry = (SELECT max(entry_id) FROM entries)"
                     " WHERE form = 'event' AND first_entry IS NULL")
            .contains("record"));
  CHECK(full.damaged(flip("records", "state", packed)).contains("record"));
  CHECK(full.damaged("UPDATE records SET state = x'' WHERE " + packed).contains("record"));
  CHECK(full.damaged("UPDATE records SET state = 7 WHERE " + packed).contains("record"));
  CHECK(full.damaged("UPDATE records SET state = NULL, heads = NULL WHERE " + packed)
            .contains("record"));
  CHECK(full.damaged("UPDATE records SET state = '{}' WHERE " + alone).contains("record"));
  CHECK(full.damaged("UPDATE records SET state = x'28b52ffd' WHERE " + alone).contains("record"));
  CHECK(full.damaged("UPDATE records SET heads = x'00' WHERE " + alone).contains("record"));
  CHECK(
      full.damaged("UPDATE records SET state = NULL, heads = NULL WHERE form = 'campaign'").size() >
      0);
}

TEST_CASE("what can't be read at all is a finding, never a crash") {
  Full full;
  for (const std::string damage :
       {"UPDATE entries SET name = x'00'",
        "UPDATE entries SET bytes = x''",
        "UPDATE heads SET signature = x'01'",
        "UPDATE heads SET head = x'01'",
        "UPDATE streams SET head = x'01'",
        "UPDATE devices SET key = x'01'",
        "UPDATE devices SET device = substr(device, 2)",
        "UPDATE records SET record = x'01' WHERE record_id = 2",
        "UPDATE records SET state = '{' WHERE state IS NOT NULL",
        "UPDATE records SET state = '{\"created\":[]}' WHERE form = 'grant'",
        "UPDATE records SET state = replace(state, 'wall', 'well') WHERE form = 'grant'",
        "UPDATE records SET heads = x'ffff' WHERE form = 'grant'",
        "UPDATE records SET heads = NULL",
        "UPDATE records SET book_id = 77",
        "UPDATE streams SET book_id = 77",
        "UPDATE tallies SET book_id = 77",
        "UPDATE streams SET fork_of = stream_id",
        "UPDATE streams SET fork_of = 999",
        "UPDATE books SET state_digest = x'01'",
        "UPDATE books SET code = 'v' WHERE code = 'u'",
        "DELETE FROM records",
        "DELETE FROM books",
        "DELETE FROM streams",
        "DELETE FROM devices"}) {
    CAPTURE(damage);
    CHECK(!full.damaged(damage).empty());
  }
  CHECK(full.findings(full.headquarters.folder().file("not there.db")) ==
        std::set<std::string>{"file"});
  CHECK(!full.findings("/proc/self/status").empty());
}

namespace {

// Columns about which nothing else is said (verify.hpp): a changed value that makes sense passes.
const std::set<std::string> kUnsaid{"acknowledgements.number",
                                    "acknowledgements.wall_ms",
                                    "contended.book_id",
                                    "contended.bytes",
                                    "contended.device_id",
                                    "contended.entries",
                                    "heads.bytes",
                                    "invitations.expires_ms",
                                    "invitations.secret_hash",
                                    "meta.value",
                                    "peers.contact_ms",
                                    "peers.device",
                                    "unindexed.changes"};

std::vector<std::pair<std::string, std::string>> columns_of(Database& database) {
  std::vector<std::pair<std::string, std::string>> out;
  Statement all(database,
                "SELECT t.name, c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c"
                " WHERE t.type = 'table' ORDER BY t.name, c.cid");
  while (all.step()) out.emplace_back(all.text(0), all.text(1));
  return out;
}

// All that verify answers for, as text; nothing where it can't be read. What is packed is shown as
// it unpacks: not every bit of a packed text says something. Nor does the book at a place where
// there is no record.
std::optional<std::string> dump(const std::string& path) {
  try {
    Database database(path, Database::Mode::kReadOnly);
    prepare_reader(database);
    std::string out;
    std::map<std::string, std::string> columns;
    for (const auto& [table, column] : columns_of(database)) {
      const std::string name = table + "." + column;
      if (kUnsaid.contains(name) || name == "blocks.packed") continue;
      const std::string shown = name == "entries.bytes"        ? "entry_bytes(entry_id, bytes)"
                                : name == "records.state"      ? "document(first_entry, state)"
                                : name == "conflicts.conflict" ? "unpacked(conflict)"
                                : name == "columns.numbers"
                                    ? "iif(column_id >> 40 = 1, '', numbers)"
                                    : column;
      columns[table] += " || quote(" + shown + ")";
      if (shown != column) columns[table] += " || typeof(" + column + ")";
    }
    columns["sqlite_schema"] = " || quote(name) || quote(sql)";
    for (const auto& [table, quoted] : columns) {
      Statement rows(database, "SELECT ''" + quoted + " FROM " + table + " NOT INDEXED");
      while (rows.step()) out += table + " " + rows.text(0) + "\n";
    }
    return out;
  } catch (const StoreError&) {
    return std::nullopt;
  }
}

// One row's cell, as SQL sees it; the same cell with one bit changed.
struct Cell {
  std::string table, column, row;  // `row` as a condition
  std::string value, changed;      // quoted
};

std::string quoted(const std::string& type, const std::string& bytes) {
  if (type == "integer") return bytes;
  return (type == "text" ? "CAST(x'" : "x'") + to_hex(as_bytes(bytes)) +
         (type == "text" ? "' AS TEXT)" : "'");
}

std::vector<Cell> changed_cells(const std::string& path, size_t rows_max, std::mt19937_64& random) {
  Database database(path, Database::Mode::kReadOnly);
  const auto columns = columns_of(database);
  std::vector<Cell> out;
  for (const auto& [table, column] : columns) {
    std::string row = "''";
    for (const auto& [other, name] : columns) {
      if (other == table) row += " || ' AND " + name + " IS ' || quote(" + name + ")";
    }
    Statement cells(database,
                    "SELECT typeof(" + column + "), " + column + ", " + row + " FROM " + table);
    std::vector<Cell> all;
    while (cells.step()) {
      const std::string type = cells.text(0);
      std::string bytes = cells.text(1);
      if (type == "null" || bytes.empty()) continue;
      Cell cell{table, column, "1" + cells.text(2), quoted(type, bytes), {}};
      if (type == "integer") {
        bytes = std::to_string(cells.number(1) ^ (int64_t{1} << random() % 40));
      } else {
        // Text stays valid UTF-8 where it was ASCII.
        bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 6);
      }
      cell.changed = quoted(type, bytes);
      all.push_back(std::move(cell));
    }
    std::shuffle(all.begin(), all.end(), random);
    all.resize(std::min(all.size(), rows_max));
    out.insert(out.end(), all.begin(), all.end());
  }
  return out;
}

}  // namespace

TEST_CASE(
    "a bit changed in any cell of any table is found, but for what nothing else is said about") {
  Full full;
  const uint64_t seed = 20;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  std::map<std::string, size_t> silent;
  size_t found = 0;
  for (TestDevice* device : {&full.headquarters, &full.a}) {
    const std::string whole = device->take_copy("whole.db");
    REQUIRE(full.findings(whole).empty());
    const std::string path = device->folder().file("changed.db");
    for (const Cell& cell : changed_cells(whole, 3, random)) {
      std::filesystem::copy_file(whole, path, std::filesystem::copy_options::overwrite_existing);
      try {
        Database database(path, Database::Mode::kReadWrite);
        database.run("UPDATE " + cell.table + " SET " + cell.column + " = " + cell.changed +
                     " WHERE " + cell.row);
        REQUIRE(database.changes() == 1);
      } catch (const StoreError&) {
        continue;  // such a row can't be: the key of another
      }
      if (!full.findings(path).empty()) {
        ++found;
      } else {
        CAPTURE(cell.table, cell.column, cell.row, cell.value, cell.changed);
        const bool unsaid = kUnsaid.contains(cell.table + "." + cell.column);
        CHECK((unsaid || dump(path) == dump(whole)));
      }
    }
  }
  CHECK(found > 200);
}

TEST_CASE("a bit changed anywhere in the file is found, or nothing that counts is different") {
  Full full;
  const uint64_t seed = 21;
  CAPTURE(seed);
  std::mt19937_64 random(seed);
  size_t found = 0, unused = 0;
  for (TestDevice* device : {&full.headquarters, &full.a}) {
    const std::string whole = device->take_copy("whole.db");
    const std::string path = device->folder().file("changed.db");
    const auto right = dump(whole);
    REQUIRE(right);
    const std::string bytes = *read_file(whole);
    for (int i = 0; i < 150; ++i) {
      // Mostly where there is something: much of a file is room for more.
      size_t offset = random() % bytes.size();
      while (i % 3 > 0 && bytes[offset] == 0) offset = random() % bytes.size();
      const auto bit = static_cast<char>(1 << random() % 8);
      std::filesystem::copy_file(whole, path, std::filesystem::copy_options::overwrite_existing);
      {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(static_cast<std::streamoff>(offset));
        file.put(static_cast<char>(bytes[offset] ^ bit));
      }
      if (!full.findings(path).empty()) {
        ++found;
      } else {
        CAPTURE(offset, int{bit});
        ++unused;
        CHECK(dump(path) == right);
      }
    }
  }
  INFO(found << " found, " << unused << " unused");
  CHECK(found > 100);
}

TEST_CASE("a finding names the unit, the stream and the entry, and says what to do") {
  Full full;
  const std::string path = full.headquarters.take_copy("damaged.db");
  {
    Database database(path, Database::Mode::kReadWrite);
    database.run(
        "UPDATE entries SET bytes = cast(substr(bytes, 1, length(bytes) - 1) || x'00' AS"
        " BLOB) WHERE entry_id = (SELECT max(entry_id) FROM entries)");
  }
  SmallCatalogue catalogue;
  const Verified out =
      verify_store(path, full.headquarters.headquarters(), full.headquarters.headquarters_id(),
                   catalogue, [](const char*, int64_t) {});
  const auto chain = std::find_if(out.findings.begin(), out.findings.end(),
                                  [](const Finding& finding) { return finding.kind == "chain"; });
  REQUIRE(chain != out.findings.end());
  CHECK(chain->where.starts_with("unit u, stream u/"));
  CHECK(chain->where.find(", entry ") != std::string::npos);
  CHECK(chain->advice.find("docs/recovery.md") != std::string::npos);
  CHECK(fill(chain->where_text, chain->where_args) == chain->where);
}

TEST_CASE("after a wrong byte the entries behind the next signed head are looked at again") {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice site{clock, 2, headquarters, "u"};
  headquarters.grant(site, "u");
  for (int i = 0; i < 600; ++i) site.add_event("event " + std::to_string(i));
  sync(site, headquarters);
  REQUIRE(headquarters.count("SELECT count(*) FROM heads WHERE number IN (512, 600)") == 2);
  const std::string path = headquarters.take_copy("damaged.db");
  {
    Database database(path, Database::Mode::kReadWrite);
    database.run(
        "UPDATE entries SET bytes = cast(coalesce(bytes, x'01') || x'00' AS BLOB)"
        " WHERE (entry_id & 1099511627775) IN (5, 400, 550)");
  }
  SmallCatalogue catalogue;
  const Verified out =
      verify_store(path, headquarters.headquarters(), headquarters.headquarters_id(), catalogue,
                   [](const char*, int64_t) {});
  std::vector<std::string> named;
  for (const Finding& finding : out.findings) {
    if (finding.kind == "chain") named.push_back(finding.where_args.back());
  }
  CHECK(named == std::vector<std::string>{"5", "550"});
}

TEST_CASE("a receipt or an acknowledgement that was forged in the file is found") {
  Full full;
  const std::string whole = full.a.take_copy("whole.db");
  const std::string path = full.a.folder().file("forged.db");
  const auto kinds_after = [&](const std::function<void(Database&)>& forge) {
    std::filesystem::copy_file(whole, path, std::filesystem::copy_options::overwrite_existing);
    {
      Database database(path, Database::Mode::kReadWrite);
      forge(database);
      REQUIRE(database.changes() > 0);
    }
    return full.findings(path);
  };
  const auto receipt =
      decode_message(as_bytes(full.a.column("SELECT receipt FROM receipts").at(0)));
  REQUIRE(receipt);
  const auto replaced = [&](const std::function<void(Receipt&)>& change) {
    return kinds_after([&](Database& database) {
      Receipt forged = std::get<Receipt>(*receipt);
      change(forged);
      Statement(database, "UPDATE receipts SET receipt = ?1")
          .with(as_bytes(encode(Message(forged))))
          .run();
    });
  };
  const std::set<std::string> is_found{"receipt"};
  CHECK(replaced([](Receipt& forged) { forged.wall.ms += 1; }) == is_found);
  CHECK(replaced([](Receipt& forged) { forged.signature = {}; }) == is_found);
  CHECK(replaced([](Receipt& forged) { forged.book = "v"; }) == is_found);
  CHECK(replaced([&](Receipt& forged) {
          forged.signature = full.b.key().sign(as_bytes(receipt_message(forged)));
        }) == is_found);
  // Signed by a headquarters of the same key, which is another.
  const auto signed_again = [&](Receipt& forged) {
    forged.signature = full.headquarters.key().sign(as_bytes(receipt_message(forged)));
  };
  CHECK(replaced([&](Receipt& forged) {
          forged.headquarters.bytes[0] ^= 1;
          signed_again(forged);
        }) == is_found);
  // As an earlier build took it.
  CHECK(replaced([&](Receipt& forged) {
          forged.headquarters = {};
          signed_again(forged);
        }).empty());
  // Signed by headquarters, but for other entries.
  CHECK(replaced([&](Receipt& forged) {
          forged.tips[0].head.bytes[0] ^= 1;
          signed_again(forged);
        }) == is_found);
  CHECK(kinds_after([](Database& database) {
          database.run("UPDATE acknowledgements SET number = number + 1");
        }) == std::set<std::string>{"held"});
  CHECK(kinds_after([](Database& database) {
          database.run("UPDATE acknowledgements SET device = zeroblob(16) WHERE number > 0");
        }) == std::set<std::string>{"held"});
}

TEST_CASE("whoever is told how far verify is can end it") {
  Full full;
  struct Enough : std::exception {};
  int told = 0;
  SmallCatalogue catalogue;
  const auto stop_at = [&](int call) {
    told = 0;
    verify_store(full.headquarters.database(), full.headquarters.headquarters(),
                 full.headquarters.headquarters_id(), catalogue, [&](const char*, int64_t) {
                   if (++told == call) throw Enough();
                 });
  };
  stop_at(-1);
  const int all = told;
  REQUIRE(all >= 2);
  for (int call = 1; call <= all; ++call) {
    CHECK_THROWS_AS(stop_at(call), Enough);
    CHECK(told == call);
  }
}
