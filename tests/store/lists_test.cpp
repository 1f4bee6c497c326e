// What records are listed by: no more lists than what is laid down, whatever devices write.
#include <catch2/catch.hpp>
#include <map>

#include "sync/store/limits.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

constexpr const char* kUnit = "u1";

struct Place {
  Place() {
    headquarters.grant(site, kUnit);
    sync(site, headquarters);
  }

  std::vector<boost::json::object> list(const RecordFilter& filter = {}) {
    std::vector<boost::json::object> out;
    headquarters.store().queries().list_records(
        filter, std::nullopt, [&](boost::json::object line) { out.push_back(std::move(line)); });
    return out;
  }
  size_t listed_by(const std::string& campaign) {
    RecordFilter filter;
    filter.campaign = campaign;
    return list(filter).size();
  }
  int64_t lists_of_unit(TestDevice& device) {
    return device.count(
        "SELECT count(*) FROM lists JOIN books USING (book_id)"
        " WHERE code = 'u1' AND form NOT IN ('grant', 'clock')");
  }
  // A record that says about so many bytes, in entries that fit.
  RecordId add_large(size_t bytes) {
    const RecordId record = site.add_event("large", {{"_campaign", "c"}});
    for (size_t i = 0; i * 50'000 < bytes; ++i) {
      site.edit_event(record, "text" + std::to_string(i), Value(std::string(50'000, 'x')));
    }
    return record;
  }

  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice site{clock, 2, headquarters, kUnit};
};

}  // namespace

TEST_CASE("records of invented campaigns share a list until their campaign is laid down") {
  Place place;
  place.headquarters.set_campaign("real", "*");
  RecordId changing;
  for (int i = 0; i < 100; ++i) {
    place.clock.advance(1);
    changing = place.site.add_event("x", {{"_campaign", "invented-" + std::to_string(i)}});
    place.site.add_event("x", {{"_campaign", "real"}});
  }
  sync(place.site, place.headquarters);
  for (int i = 0; i < 50; ++i) {
    place.site.edit_event(changing, "_campaign", Value("changing-" + std::to_string(i)));
    sync(place.site, place.headquarters);
  }
  for (TestDevice* device : {&place.headquarters, &place.site}) {
    CHECK(place.lists_of_unit(*device) == 2);
    CHECK(device->verified() == "");
  }
  CHECK(place.list().size() == 200);
  CHECK(place.listed_by("real") == 100);
  CHECK(place.listed_by("invented-7") == 0);

  place.headquarters.set_campaign("invented-7", "*");
  sync(place.site, place.headquarters);
  for (TestDevice* device : {&place.headquarters, &place.site}) {
    CHECK(place.lists_of_unit(*device) == 3);
    CHECK(device->verified() == "");
  }
  CHECK(place.listed_by("invented-7") == 1);
  CHECK(place.list().size() == 200);

  // The same record lays down another campaign: what was listed by the first no longer is.
  place.headquarters.set_campaign("invented-8", "*");
  sync(place.site, place.headquarters);
  CHECK(place.lists_of_unit(place.headquarters) == 3);
  CHECK(place.listed_by("invented-7") == 0);
  CHECK(place.listed_by("invented-8") == 1);
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("a folder of a build that listed by any text is listed anew when it is opened") {
  Place place;
  place.headquarters.set_campaign("real", "*");
  for (int i = 0; i < 20; ++i) place.site.add_event("x", {{"_campaign", std::to_string(i)}});
  place.site.add_event("x", {{"_campaign", "real"}});
  sync(place.site, place.headquarters);
  place.headquarters.close();
  {
    Database database(place.headquarters.database(), Database::Mode::kReadWrite);
    database.run(
        "INSERT INTO lists (book_id, form, campaign, review)"
        " SELECT book_id, 'event', hex(record), 'pending' FROM records WHERE form = 'event'");
    database.run(
        "UPDATE records SET list_id = (SELECT list_id FROM lists WHERE campaign = hex(record))"
        " WHERE form = 'event'");
    database.run("INSERT OR REPLACE INTO meta VALUES ('counted_by', '0')");
  }
  place.headquarters.reopen();
  CHECK(place.lists_of_unit(place.headquarters) == 2);
  CHECK(place.listed_by("real") == 1);
  CHECK(place.list().size() == 21);
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("a record that says too much for a line is listed as that, and holds no other back") {
  Place place;
  place.headquarters.set_campaign("c", "*");
  const RecordId first = place.site.add_event("first", {{"_campaign", "c"}});
  place.clock.advance(1);
  const RecordId large = place.add_large(limits::kListedBytesMax);
  place.clock.advance(1);
  const RecordId last = place.site.add_event("last", {{"_campaign", "c"}});
  sync(place.site, place.headquarters);
  const auto lines = place.list();
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].at("record").as_string() == first.hex());
  CHECK(lines[1].at("record").as_string() == large.hex());
  CHECK(lines[2].at("record").as_string() == last.hex());
  CHECK(lines[1].at("too_large").to_number<size_t>() > limits::kListedBytesMax);
  CHECK(boost::json::serialize(lines[1]).size() < 1000);
  CHECK(lines[1].at("campaign") == "c");
  CHECK(lines[1].at("review").at("state") == "pending");
  CHECK_FALSE(lines[0].contains("too_large"));
  CHECK(lines[1].at("seen") ==
        place.headquarters.store().queries().record({kUnit, large, "event"}).at("seen"));
  CHECK(place.headquarters.store()
            .queries()
            .record({kUnit, large, "event"})
            .at("fields")
            .as_object()
            .size() > 10);
  // A page ends where it comes to so much, and goes on behind its last.
  RecordFilter filter;
  filter.bytes_max = 1;
  std::vector<std::string> paged;
  for (bool more = true; more;) {
    more = place.headquarters.store().queries().list_placed(
        filter, std::nullopt, [&](const RecordPlace& at, const boost::json::object& line) {
          paged.emplace_back(line.at("record").as_string());
          filter.after = at;
        });
  }
  CHECK(paged == std::vector<std::string>{first.hex(), large.hex(), last.hex()});
}

TEST_CASE("a conflict of more than fits a line is listed as that, beside the others") {
  Place place;
  Store& store = place.headquarters.store();
  const auto change_at_once = [&](const std::string& value, int times) {
    const RecordId record = store.new_record_id(place.headquarters.now());
    for (int i = 0; i < times; ++i) {
      place.clock.advance(1);
      store.transact([&] {
        const auto entry =
            compose(nullptr, record, "event", {{"title", value + std::to_string(i)}});
        return static_cast<bool>(store.write(kUnit, entry, place.headquarters.now(), "ana"));
      });
    }
    return record;
  };
  const RecordId large = change_at_once(std::string(50'000, 'x'), 12);
  const RecordId small = change_at_once("x", 2);
  std::map<std::string, boost::json::object> lines;
  for (const int64_t number : store.queries().in_conflict({})) {
    store.queries().list_conflicts(number, [&](boost::json::object line) {
      lines[std::string(line.at("record").as_string())] = std::move(line);
    });
  }
  REQUIRE(lines.size() == 2);
  CHECK(lines.at(large.hex()).at("too_large").to_number<size_t>() > limits::kListedBytesMax);
  CHECK(lines.at(large.hex()).at("candidates").as_array().empty());
  CHECK(lines.at(large.hex()).at("field") == "title");
  CHECK(boost::json::serialize(lines.at(large.hex())).size() < 1000);
  CHECK_FALSE(lines.at(small.hex()).contains("too_large"));
  CHECK(lines.at(small.hex()).at("candidates").as_array().size() == 2);
}
