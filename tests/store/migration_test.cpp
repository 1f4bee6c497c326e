// A data folder that an older Sitelog made.
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "sync/store/sqlite/schema.hpp"
#include "sync/store/sqlite/stored_record.hpp"
#include "tests/support/disk.hpp"
#include "tests/support/keys.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";

std::string schema_of(int version) {
  std::ifstream file(SITELOG_SOURCE_DIR "/tests/store/version_" + std::to_string(version) + ".sql");
  std::ostringstream out;
  out << file.rdbuf();
  REQUIRE(!out.str().empty());
  return out.str();
}

// Counts as they were kept.
std::string old_tallies(int version) {
  if (version >= 4) return "tallies";
  if (version == 3) {
    return "(SELECT campaign, book_id, review, axes, key AS measure, value AS total"
           " FROM tallies, json_each(sums))";
  }
  return "(SELECT campaign, book_id, axes ->> 0 AS kind, axes ->> 1 AS level, review,"
         " coalesce(sums ->> 'events', 0) AS events, coalesce(sums ->> 'sessions', 0) AS sessions,"
         " coalesce(sums ->> 'participants', 0) AS participants FROM tallies)";
}

// Writes what the store at `from` keeps as an older version kept it. Version 1: each entry's bytes
// in its row, each record's document as text.
void write_as(int version, const std::string& from, const std::string& to) {
  Database source(from, Database::Mode::kReadOnly);
  prepare_reader(source);
  Database target(to, Database::Mode::kReadWrite);
  Statement(target, "PRAGMA journal_mode = WAL").run();
  target.run("BEGIN");
  target.run(schema_of(version));
  std::vector<std::string> tables;
  {
    Statement all(target, "SELECT name FROM sqlite_schema WHERE type = 'table'");
    while (all.step()) tables.push_back(all.text(0));
  }
  for (const std::string& table : tables) {
    std::string values;
    Statement columns(target, "SELECT name FROM pragma_table_info(?1)");
    columns.with(table);
    while (columns.step()) {
      std::string value = columns.text(0);
      if (version == 1 && value == "bytes" && table == "entries") {
        value = "entry_bytes(entry_id, bytes)";
      }
      if (version == 1 && value == "state") value = "document(first_entry, state)";
      if (value == "conflict") value = "unpacked(conflict)";
      values += (values.empty() ? "quote(" : " || ', ' || quote(") + value + ")";
    }
    Statement rows(source, "SELECT " + values + " FROM " +
                               (table == "tallies" ? old_tallies(version) : table));
    while (rows.step()) target.run("INSERT INTO " + table + " VALUES (" + rows.text(0) + ")");
  }
  target.run("PRAGMA user_version = " + std::to_string(version));
  target.run("COMMIT");
}

int64_t version_of(const std::string& path) {
  Database database(path, Database::Mode::kReadOnly);
  return Statement(database, "PRAGMA user_version").number_or(-1);
}

std::string old_copy(TestDevice& device, int version = 1) {
  const std::string old = device.folder().file("old" + std::to_string(version) + ".db");
  write_as(version, device.database(), old);
  return old;
}

void make_old(TestDevice& device, int version = 1) {
  device.close();
  device.folder().put_back(old_copy(device, version), device.database());
}

// Two sites and headquarters with something in every table: grants, one of them revoked, conflicts,
// a policy, an entry that nobody can read.
struct Place {
  explicit Place(std::unique_ptr<Folder> folder = std::make_unique<TemporaryFolder>())
      : headquarters(clock, 1, std::move(folder)),
        a(clock, 2, headquarters, kUnit),
        b(clock, 3, headquarters, kUnit),
        c(clock, 4, headquarters, kUnit) {
    headquarters.set_campaign("c", "*");
    for (TestDevice* site : {&a, &b, &c}) headquarters.grant(*site, kUnit);
    b.clock_off_ms = -7'000'000;
    std::vector<RecordId> events;
    for (int i = 0; i < 12; ++i) {
      events.push_back(a.add_event("event " + std::to_string(i),
                                   {{"_campaign", i % 2 == 0 ? "c" : "d"}, {"participants", i}}));
      c.add_event("of c " + std::to_string(i));
    }
    settle();
    const VersionVector seen = headquarters.store().vector(kUnit);
    for (const int i : {1, 5, 8}) {
      a.edit_event(events[static_cast<size_t>(i)], "title", "by a");
      b.edit_event(events[static_cast<size_t>(i)], "title", "by b");
    }
    for (int i = 0; i < 5; ++i) c.add_event("after the revocation " + std::to_string(i));
    settle();
    headquarters.set_policy(kUnit, "title", "ask");
    std::vector<Tip> kept;
    for (const Tip& tip : seen) {
      if (tip.stream.device == c.id()) kept.push_back(tip);
    }
    headquarters.revoke(c, kUnit, kept);
    for (TestDevice* site : {&a, &b}) sync(*site, headquarters);
  }
  void settle() {
    for (TestDevice* site : {&a, &b, &c, &a}) sync(*site, headquarters);
  }

  VirtualClock clock;
  TestDevice headquarters, a, b, c;
};

struct Shown {
  std::vector<std::string> names, shown;
  std::string book, state;
  bool operator==(const Shown&) const = default;
};

Shown shown(TestDevice& device) {
  return {entry_names(device, kUnit), shown_of(device, kUnit), device.book_digest(kUnit),
          device.state_digest(kUnit)};
}

}  // namespace

TEST_CASE("a folder of version 1 opens with all its entries, and shows what it showed") {
  Place place;
  for (TestDevice* device : {&place.headquarters, &place.a, &place.b, &place.c}) {
    const Shown before = shown(*device);
    REQUIRE(device->count("SELECT count(*) FROM records WHERE state IS NULL") > 0);
    make_old(*device);
    REQUIRE(version_of(device->database()) == 1);
    device->reopen();
    CHECK(version_of(device->database()) == kSchemaVersion);
    CHECK(device->verified() == "");
    CHECK(shown(*device) == before);
    device->reopen();
    CHECK(shown(*device) == before);
  }
  CHECK(place.headquarters.count("SELECT count(*) FROM quarantine") == 5);
  CHECK(place.headquarters.count("SELECT count(*) FROM conflicts") == 3);
  CHECK(place.headquarters.count("SELECT count(*) FROM sqlite_schema"
                                 " WHERE name = 'entries_before'") == 0);
  // And they go on.
  place.headquarters.reinstate(place.c, kUnit);
  for (int i = 0; i < 30; ++i) place.a.add_event("new " + std::to_string(i));
  place.settle();
  for (TestDevice* device : {&place.a, &place.b, &place.headquarters}) {
    CHECK(device->verified() == "");
    CHECK(shown(*device) == shown(place.headquarters));
  }
}

TEST_CASE("what opening an old folder takes is told step by step, with how much it is") {
  Place place;
  for (int i = 0; i < 100; ++i) place.a.add_event("more " + std::to_string(i));
  const int64_t entries = place.a.count("SELECT count(*) FROM entries");
  place.a.close();
  const std::string old = old_copy(place.a);
  std::map<std::string, std::vector<Opening>> told;
  StoreOptions options;
  options.on_opening = [&](const Opening& at) { told[at.step].push_back(at); };
  SmallCatalogue catalogue;
  uint64_t drawn = 1;
  const auto open = [&] {
    return static_cast<bool>(Store::open(
        old, Owner{fresh_key(), {}, {}, Standing::device(kUnit)}, catalogue,
        [&] { return drawn++; }, options));
  };
  REQUIRE(open());
  for (const char* step : {"keeping the entries anew", "merging the records anew"}) {
    REQUIRE(told[step].size() > 1);
    CHECK(told[step].back().of == entries);
    CHECK(told[step].back().done > 0);
    CHECK(told[step].back().done <= entries);
  }
  CHECK_FALSE(told["writing it all down"].empty());
  told.clear();
  REQUIRE(open());
  CHECK(told.size() == 1);
  CHECK(told.contains("bringing the tables up to date"));
}

TEST_CASE("a folder of version 2, 3 or 4 opens with what it had, and its counts by measure") {
  Place place;
  // Texts that JSON writes in its own way.
  for (const std::string kind : {"", "film", "电影", "a\"b\\c/d", "\x01\n\t\x1f\x7f", "<&'>"}) {
    for (const int participants : {0, 7, -7}) {
      place.a.add_event("of kind " + kind, {{"_campaign", "c"},
                                            {"kind", kind},
                                            {"level", kind + "."},
                                            {"participants", participants}});
    }
  }
  for (TestDevice* site : {&place.a, &place.b, &place.a}) sync(*site, place.headquarters);
  for (TestDevice* device : {&place.headquarters, &place.a, &place.b, &place.c}) {
    const Shown before = shown(*device);
    REQUIRE(device->count("SELECT count(*) FROM tallies") > 0);
    for (const int version : {2, 3, 4}) {
      make_old(*device, version);
      REQUIRE(version_of(device->database()) == version);
      device->reopen();
      CHECK(version_of(device->database()) == kSchemaVersion);
      CHECK(device->verified() == "");
      CHECK(shown(*device) == before);
    }
  }
  place.a.add_event("one more", {{"_campaign", "c"}, {"kind", "film"}, {"level", "film."}});
  for (TestDevice* site : {&place.a, &place.b, &place.a}) sync(*site, place.headquarters);
  CHECK(place.headquarters.verified() == "");
  CHECK(shown(place.headquarters) == shown(place.a));
}

TEST_CASE("a folder of any older version comes to the very tables of a new one") {
  const auto tables_of = [](TestDevice& device) {
    return device.column("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name");
  };
  VirtualClock clock;
  TestDevice fresh{clock, 9};
  for (const int version : {1, 2, 3, 4, 5, 6}) {
    Place place;
    make_old(place.a, version);
    place.a.reopen();
    CHECK(tables_of(place.a) == tables_of(fresh));
  }
}

TEST_CASE("a folder of version 1 with more entries than are taken at once is packed on the way") {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice site{clock, 2, headquarters, kUnit};
  headquarters.grant(site, kUnit);
  sync(site, headquarters);
  site.store().transact([&] {
    for (int i = 0; i < 5000; ++i) {
      const RecordId record = site.store().new_record_id(site.now());
      const std::string title = "event " + std::to_string(i);
      CHECK(static_cast<bool>(site.store().write(
          kUnit, compose(nullptr, record, "event", {{"title", title}}), site.now(), "ana")));
    }
    return 0;
  });
  const Shown before = shown(site);
  make_old(site);
  site.reopen();
  CHECK(site.count("SELECT count(*) FROM blocks") > 5);
  CHECK(site.count("SELECT sum(length(bytes)) FROM entries") < 2 * 32 * 1024);
  CHECK(site.verified() == "");
  CHECK(shown(site) == before);
}

TEST_CASE("a migration that is cut off anywhere leaves the folder as it was or as it is to be") {
  for (const auto trouble :
       {Disk::Trouble::kKill, Disk::Trouble::kPowerCut, Disk::Trouble::kWriteError,
        Disk::Trouble::kSyncError, Disk::Trouble::kFull}) {
    std::mt19937_64 chance(5);
    Place place(std::make_unique<Disk>([&] { return chance(); }));
    TestDevice& device = place.headquarters;
    auto& disk = static_cast<Disk&>(device.folder());
    const Shown before = shown(device);
    const std::string old = old_copy(device);
    size_t cut_off = 0;
    for (uint64_t call = 1; call < 400; call += call < 16 ? 1 : 11) {
      INFO(name_of(trouble) << ", call " << call);
      device.close();
      disk.put_back(old, device.database());
      disk.plan(trouble, call);
      try {
        device.reopen();
      } catch (const StoreError&) {
        ++cut_off;
      } catch (const std::runtime_error& refused) {
        CHECK(trouble == Disk::Trouble::kFull);
        CHECK(std::string(refused.what()).find("of an older Sitelog") != std::string::npos);
        ++cut_off;
      }
      const bool met = disk.take_met() == trouble;
      device.close();
      disk.plan(Disk::Trouble::kNone, 0);
      disk.make_room();
      disk.start();
      const int64_t version = version_of(device.database());
      CHECK((version == 1 || version == kSchemaVersion));
      device.reopen();
      CHECK(version_of(device.database()) == kSchemaVersion);
      CHECK(device.verified() == "");
      CHECK(shown(device) == before);
      if (!met) break;
    }
    CHECK(cut_off >= 2);
  }
}

TEST_CASE("a folder of version 1 that lacks an entry is told as damaged and left as it was") {
  Place place;
  make_old(place.a);
  {
    Database database(place.a.database(), Database::Mode::kReadWrite);
    database.run(
        "DELETE FROM entries WHERE entry_id = (SELECT entry_id FROM entries JOIN streams ON"
        " stream_id = entry_id >> 40 WHERE last > 9 ORDER BY entry_id LIMIT 1 OFFSET 3)");
    REQUIRE(database.changes() == 1);
  }
  CHECK_THROWS_WITH(place.a.reopen(), Catch::Contains("missing in the middle of a stream"));
  CHECK(version_of(place.a.database()) == 1);
}

TEST_CASE("a folder of a newer version is refused, and nothing in it is changed") {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  headquarters.close();
  {
    Database database(headquarters.database(), Database::Mode::kReadWrite);
    database.run("PRAGMA user_version = " + std::to_string(kSchemaVersion + 1));
  }
  CHECK_THROWS_WITH(headquarters.reopen(), Catch::Contains("newer Sitelog"));
  CHECK(version_of(headquarters.database()) == kSchemaVersion + 1);
}
