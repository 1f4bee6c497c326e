// Entries whose bodies are erased, in a data folder.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "sync/merge/forms.hpp"
#include "sync/store/sqlite/stream_table.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";
const std::string kName = "\xe6\x9f\x90\xe4\xba\xba, whom nobody else is called like";

// Of a device of the third seed everything is packed in so few entries.
struct Site {
  Site() {
    headquarters.grant(site, kUnit);
    sync(site, headquarters);
  }
  std::string file(const TestDevice& of) const {
    std::ifstream in(of.database(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static EntryPlace place(TestDevice& in, const RecordId& record) {
    return place_of(in.store().history(kUnit, record, "event").back().origin);
  }
  static bool erase(TestDevice& in, const EntryPlace& entry) {
    return in.store().transact([&] { return in.store().erase(kUnit, entry); });
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
  for (int i = 0; i < 20; ++i) all.site.add_event("another " + std::to_string(i));
  REQUIRE(all.site.count("SELECT count(*) FROM blocks") > 0);
  const std::string digest = all.site.book_digest(kUnit);

  CHECK(Site::erase(all.site, Site::place(all.site, named)));
  CHECK(Site::erase(all.site, Site::place(all.site, records[7])));
  CHECK(!all.site.event(named));
  CHECK(all.site.event(records[7])->text("title") == "event 7");
  CHECK(all.site.event(records[7])->text("person").empty());
  CHECK(all.site.event(records[8])->text("title") == "event 8");
  CHECK(all.site.book_digest(kUnit) == digest);
  CHECK(all.site.verified() == "");

  // It goes on, and what stood in the block is packed again.
  for (int i = 0; i < 40; ++i) all.site.add_event("later " + std::to_string(i));
  CHECK(all.site.count("SELECT count(*) FROM blocks") > 0);
  CHECK(all.site.verified() == "");
  all.site.close();
  CHECK(all.file(all.site).find("whom nobody else is called like") == std::string::npos);
  all.site.reopen();
  CHECK(!all.site.event(named));
  CHECK(all.site.verified() == "");
}

TEST_CASE("a device that joins later gets of what headquarters erased its digest alone") {
  Site all;
  const RecordId kept = all.site.add_event("kept");
  const RecordId named = all.site.add_event(kName);
  sync(all.site, all.headquarters);
  REQUIRE(Site::erase(all.headquarters, Site::place(all.headquarters, named)));

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
  const RecordId first = all.site.add_event("first");
  all.clock.advance(1000);
  const RecordId last = all.site.add_event("last");
  const auto before = all.site.store().history(kUnit, first, "event").back().origin.hybrid;
  REQUIRE(Site::erase(all.site, Site::place(all.site, last)));
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
  REQUIRE(Site::erase(all.site, Site::place(all.site, named)));
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
