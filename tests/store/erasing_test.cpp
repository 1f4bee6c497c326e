// Entries whose bodies are erased, in a data folder.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <optional>

#include "sync/merge/forms.hpp"
#include "sync/store/sqlite/stream_table.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";
const std::string kMark = "whom nobody else is called like";
const std::string kName = "somebody, " + kMark;

// Of a device of the third seed everything is packed in so few entries.
struct Site {
  Site() {
    headquarters.grant(site, kUnit);
    sync(site, headquarters);
  }
  std::string file(const TestDevice& of, const std::string& part) const {
    std::ifstream in(of.database() + part, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static EntryPlace place(TestDevice& in, const RecordId& record) {
    return place_of(in.store().history(kUnit, record, "event").back().origin);
  }
  // Whether it did; nothing where it may not.
  static std::optional<bool> erase(TestDevice& in, const EntryPlace& entry) {
    const auto done = in.store().transact([&] { return in.store().erase(kUnit, entry); });
    return done ? std::optional(*done) : std::nullopt;
  }

  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice site{clock, 3, headquarters, kUnit};
};

}  // namespace

TEST_CASE("what is erased is nowhere in the file any more, and all else is as it was") {
  Site all;
  std::vector<RecordId> records;
  for (int i = 0; i < 20; ++i) records.push_back(all.site.add_event("event " + std::to_string(i)));
  const RecordId named = all.site.add_event(kName);
  all.site.edit_event(records[7], "person", kName);
  REQUIRE(all.site.count("SELECT count(*) FROM blocks") > 0);
  sync(all.site, all.headquarters);
  const std::string digest = all.site.book_digest(kUnit);

  const EntryPlace first = Site::place(all.site, named);
  CHECK(Site::erase(all.site, first) == true);
  CHECK(Site::erase(all.site, first) == false);
  CHECK(Site::erase(all.site, Site::place(all.site, records[7])) == true);
  const auto check = [&] {
    CHECK(!all.site.event(named));
    CHECK(all.site.event(records[7])->text("title") == "event 7");
    CHECK(all.site.event(records[7])->text("person").empty());
    CHECK(all.site.event(records[8])->text("title") == "event 8");
    CHECK(all.site.verified() == "");
  };
  check();
  CHECK(all.site.book_digest(kUnit) == digest);

  // It goes on with the blocks that were changed, without being opened anew.
  std::vector<RecordId> later;
  for (int i = 0; i < 40; ++i) later.push_back(all.site.add_event("later " + std::to_string(i)));
  check();
  for (const RecordId& record : later) CHECK(all.site.event(record));
  sync(all.site, all.headquarters);
  CHECK(all.headquarters.book_digest(kUnit) == all.site.book_digest(kUnit));
  CHECK(Site::erase(all.site, Site::place(all.site, records[9])) == true);
  CHECK(Site::erase(all.site, Site::place(all.site, later[3])) == true);
  CHECK(!all.site.event(records[9]));
  CHECK(all.site.event(later[4])->text("title") == "later 4");
  check();
  CHECK(all.file(all.site, "").find(kMark) == std::string::npos);
  CHECK(all.file(all.site, "-wal").find(kMark) == std::string::npos);
  all.site.close();
  all.site.reopen();
  check();
}

TEST_CASE("what headquarters does not hold yet, or what holds for others, is not erased") {
  Site all;
  const RecordId event = all.site.add_event("event");
  const EntryPlace entry = Site::place(all.site, event);
  CHECK(Site::erase(all.site, entry) == std::nullopt);
  sync(all.site, all.headquarters);
  const auto grant = all.headquarters.store().history(kUnit, *RecordId::from(all.site.id().view()),
                                                      std::string(kFormGrant));
  CHECK(Site::erase(all.headquarters, place_of(grant.front().origin)) == std::nullopt);
  EntryPlace wrong = entry;
  wrong.name.bytes[0] ^= 1;
  CHECK(Site::erase(all.headquarters, wrong) == false);
  wrong = entry;
  wrong.number.value += 1000;
  CHECK(Site::erase(all.headquarters, wrong) == false);
  CHECK(Site::erase(all.headquarters, entry) == true);
  CHECK(Site::erase(all.site, entry) == true);
  CHECK(all.site.state_digest(kUnit) == all.headquarters.state_digest(kUnit));
}

TEST_CASE("a device that joins later gets of what headquarters erased its digest alone") {
  Site all;
  const RecordId kept = all.site.add_event("kept");
  const RecordId named = all.site.add_event(kName);
  sync(all.site, all.headquarters);
  REQUIRE(Site::erase(all.headquarters, Site::place(all.headquarters, named)) == true);

  TestDevice late(all.clock, 5, all.headquarters, kUnit);
  all.headquarters.grant(late, kUnit);
  sync(late, all.headquarters);
  CHECK(late.book_digest(kUnit) == all.headquarters.book_digest(kUnit));
  CHECK(late.state_digest(kUnit) == all.headquarters.state_digest(kUnit));
  CHECK(late.event(kept)->text("title") == "kept");
  CHECK(!late.event(named));
  CHECK(late.verified() == "");
  // Both go on recording.
  const RecordId more = late.add_event("more");
  sync(late, all.headquarters);
  sync(all.site, all.headquarters);
  CHECK(all.site.event(more));
  CHECK(all.site.book_digest(kUnit) == all.headquarters.book_digest(kUnit));
}

TEST_CASE("a device whose last entry is erased never turns its hybrid clock back") {
  Site all;
  all.site.add_event("first");
  all.clock.advance(1000);
  const RecordId last = all.site.add_event("last");
  const auto before = all.site.store().history(kUnit, last, "event").back().origin.hybrid;
  sync(all.site, all.headquarters);
  REQUIRE(Site::erase(all.site, Site::place(all.site, last)) == true);
  all.site.reopen();
  all.site.clock_off_ms = -1'000'000'000;
  const RecordId next = all.site.add_event("next");
  CHECK(before < all.site.store().history(kUnit, next, "event").back().origin.hybrid);
  CHECK(all.site.verified() == "");
}

TEST_CASE("verify finds an erased entry whose digest is changed, gone, or beside its bytes") {
  Site all;
  const RecordId named = all.site.add_event(kName);
  const RecordId other = all.site.add_event("other");
  const auto id_of = [&](const RecordId& record) {
    const EntryPlace place = Site::place(all.site, record);
    StreamTable& streams = all.site.store().streams();
    return streams.entry_id(*streams.find_book(kUnit), place);
  };
  const std::string erased_id = std::to_string(id_of(named));
  const std::string other_id = std::to_string(id_of(other));
  sync(all.site, all.headquarters);
  REQUIRE(Site::erase(all.site, Site::place(all.site, named)) == true);
  const std::string copy = all.site.take_copy("before.db");
  for (const std::string& damage :
       {std::string("UPDATE erased SET digest = zeroblob(32)"), std::string("DELETE FROM erased"),
        "INSERT INTO quarantine VALUES (" + erased_id + ", 'malformed', '', '[]')",
        "INSERT INTO erased VALUES (" + other_id + ", zeroblob(32))"}) {
    INFO(damage);
    all.site.restore(copy);
    REQUIRE(all.site.verified() == "");
    all.site.store().database().run(damage);
    CHECK(all.site.verified() != "");
  }
}
