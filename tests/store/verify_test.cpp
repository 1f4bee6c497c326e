#include "sync/store/verify.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

// A store with something in every table.
struct Full {
  VirtualClock clock;
  Engine headquarters{clock, 1};
  Engine a{clock, 2, headquarters, "u"};
  Engine b{clock, 3, headquarters, "u"};
  Engine nobody{clock, 4, headquarters, "u"};
  std::string copy;

  Full() {
    headquarters.set_campaign("c", "*");
    headquarters.grant(a, "u");
    headquarters.grant(b, "u");
    const RecordId event =
        a.add_event("one", {{"_campaign", "c"}, {"kind", "film"}, {"participants", 5}});
    nobody.add_event("not granted");
    for (Engine* site : {&a, &b, &nobody}) sync(*site, headquarters);
    a.edit_event(event, "title", "by a");
    b.edit_event(event, "title", "by b");
    for (Engine* site : {&a, &b, &a}) sync(*site, headquarters);
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
        verify_store(path, headquarters.headquarters(), catalogue, [](const char*, int64_t) {});
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
         " WHERE rowid IN (SELECT rowid FROM " + table + " WHERE " + where + " LIMIT 1)";
}

}  // namespace

TEST_CASE("a good store verifies, and what was checked is counted") {
  Full full;
  const std::string path = full.headquarters.take_copy("good.db");
  SmallCatalogue catalogue;
  const Verified out =
      verify_store(path, full.headquarters.headquarters(), catalogue, [](const char*, int64_t) {});
  CHECK(out.findings_total == 0);
  CHECK(out.entries == full.headquarters.count("SELECT count(*) FROM entries"));
  CHECK(out.records == full.headquarters.count("SELECT count(*) FROM records"));
  CHECK(out.heads > 0);
}

TEST_CASE("whatever is changed behind the store's back is found and named") {
  Full full;
  const std::string event =
      "record_id IN (SELECT record_id FROM records WHERE form = 'event' AND state IS NOT NULL)";
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
  CHECK(full.damaged("UPDATE tallies SET participants = participants + 1").contains("tally"));
  CHECK(full.damaged("DELETE FROM tallies").contains("tally"));
  CHECK(full.damaged("INSERT INTO tallies VALUES ('c', 1, 'x', '', 'pending', 1, 0, 0)")
            .contains("tally"));
  CHECK(full.damaged("UPDATE books SET state_digest = zeroblob(32) WHERE records > 0")
            .contains("digest"));
  CHECK(full.damaged("UPDATE books SET entries = entries + 1").contains("count"));
  CHECK(full.damaged("UPDATE books SET records = records + 1").contains("count"));
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
