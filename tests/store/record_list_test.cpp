// Records listed from their index: page by page is the same as all at once.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "sync/store/queries.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

// 1,200 events of two units at headquarters, of several campaigns and reviews, some in conflict;
// some ids stand in both books.
struct Lists {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  std::vector<RecordId> ids;

  Lists() {
    headquarters.store().transact([&] {
      headquarters.store().take_on({"u1", "u2"});
      for (const char* id : {"c", "d"}) {
        const RecordId campaign = headquarters.store().new_record_id(headquarters.now());
        write(compose(nullptr, campaign, "campaign", {{"id", id}}), std::string(kRootBook));
      }
      for (size_t i = 0; i < 600; ++i) {
        ids.push_back(headquarters.store().new_record_id(headquarters.now()));
        clock.advance(1);
      }
      for (size_t i = 0; i < ids.size(); ++i) {
        add("u1", ids[i], i);
        // Every fourth shares its id with one of the other unit.
        add("u2", i % 4 == 0 ? ids[i] : headquarters.store().new_record_id(headquarters.now()),
            i + 1);
      }
      return 0;
    });
  }
  void add(const BookCode& unit, const RecordId& record, size_t i) {
    std::map<std::string, Value> values{{"title", "event " + std::to_string(i)}};
    if (i % 3 > 0) values["_campaign"] = i % 3 == 1 ? "c" : "d";
    if (i % 5 == 0) {
      const auto verdict = i % 2 == 0 ? ReviewVerdict::kAccepted : ReviewVerdict::kReturned;
      values["_review"] = review_value({verdict, false, {}, {}, {}}, Hash{});
    }
    write(compose(nullptr, record, "event", values), unit);
    // Written twice without knowing of each other.
    if (i % 7 == 0) {
      write(compose(nullptr, record, "event", {{"title", "another"}}), unit);
    }
  }
  void write(Entry entry, const BookCode& unit) {
    REQUIRE(headquarters.store().write(unit, std::move(entry), headquarters.now(), "ana"));
  }

  std::vector<std::string> list(const RecordFilter& filter) {
    std::vector<std::string> out;
    headquarters.store().queries().list_records(
        filter, headquarters.id(),
        [&](boost::json::object line) { out.push_back(boost::json::serialize(line)); });
    return out;
  }
  std::vector<std::string> pages(RecordFilter filter, int64_t limit) {
    std::vector<std::string> out;
    filter.limit = limit;
    for (bool more = true; more;) {
      const size_t before = out.size();
      more = headquarters.store().queries().list_placed(
          filter, headquarters.id(), [&](const RecordPlace& at, boost::json::object line) {
            out.push_back(boost::json::serialize(line));
            filter.after = at;
          });
      CHECK(static_cast<int64_t>(out.size() - before) <= limit);
      if (out.size() == before) return out;
    }
    return out;
  }
};

}  // namespace

TEST_CASE("a list page by page is the list at once, whatever is asked for") {
  Lists lists;
  std::vector<RecordFilter> filters(12);
  filters[1].units = {"u1"};
  filters[2].units = {"u2", "u1"};
  filters[3].campaign = "c";
  filters[4].review = "accepted";
  filters[5].review = "pending";
  filters[6].in_conflict = true;
  filters[7] = {{"u2"}, "event", "d", "returned", false, false, {}, -1};
  filters[8] = {{"u2"}, "event", "c", "pending", false, true, {}, -1};
  filters[9].form = "campaign";  // nobody's to list, though there are two
  filters[10].units = {"nowhere"};
  filters[11].changed = true;
  const std::vector<std::string> everything = lists.list({});
  REQUIRE(everything.size() == 1200);
  RecordFilter campaigns;
  campaigns.form = "campaign";
  CHECK(lists.list(campaigns).empty());
  CHECK(lists.headquarters.store().queries().count_records(campaigns) == 0);
  campaigns.of_the_system = true;
  CHECK(lists.list(campaigns).size() == 2);
  for (size_t i = 0; i < filters.size(); ++i) {
    CAPTURE(i);
    const auto all = lists.list(filters[i]);
    CHECK(all.empty() == (i == 9 || i == 10));
    for (const int64_t limit : {13, 100, 1000, 5000}) CHECK(lists.pages(filters[i], limit) == all);
    // As one who looks at every record would choose.
    const RecordFilter& filter = filters[i];
    std::vector<std::string> right;
    for (const std::string& line : everything) {
      const auto record = boost::json::parse(line).as_object();
      const auto text = [&](const char* name) {
        const auto* value = record.if_contains(name);
        return value != nullptr ? std::string(value->as_string()) : std::string();
      };
      if (!filter.units.empty() &&
          std::count(filter.units.begin(), filter.units.end(), text("unit")) == 0) {
        continue;
      }
      if (!filter.form.empty() && filter.form != text("form")) continue;
      if (!filter.campaign.empty() && filter.campaign != text("campaign")) continue;
      if (!filter.review.empty() && filter.review != record.at("review").at("state").as_string()) {
        continue;
      }
      if (filter.changed && !record.at("review").as_object().contains("changed_since")) continue;
      if (filter.in_conflict && record.at("conflicts").as_array().empty()) continue;
      right.push_back(line);
    }
    CHECK(all == right);
  }
}

TEST_CASE(
    "a list is in the order of ids, tells no more than is asked for and ends after the last") {
  Lists lists;
  std::vector<std::string> ids;
  for (const auto& line : lists.list({})) {
    ids.emplace_back(boost::json::parse(line).at("record").as_string());
  }
  CHECK(std::is_sorted(ids.begin(), ids.end()));
  RecordFilter filter;
  filter.limit = 1;
  CHECK(lists.list(filter).size() == 1);  // though the first id stands in both books
  filter.limit = 0;
  CHECK(lists.list(filter).empty());
  filter.limit = -1;
  filter.after = RecordPlace::behind_all(*RecordId::parse(ids.back()));
  CHECK(lists.list(filter).empty());
  filter.after = {};
  filter.after.record.bytes.fill(0xff);
  CHECK(lists.list(filter).empty());
  filter.after = {};
  CHECK(lists.list(filter).size() == ids.size());
}

// A hand-made device gives any number of records one id, in as many forms.
TEST_CASE("many records of one id are listed page by page as others are, also while some leave") {
  for (const size_t others : {0, 4000}) {  // looked up and sorted; met on the way
    Lists lists;
    const RecordId shared = lists.headquarters.store().new_record_id(lists.headquarters.now());
    lists.headquarters.store().transact([&] {
      for (int i = 0; i < 500; ++i) {
        lists.write(compose(nullptr, shared, "form" + std::to_string((i * 7919) % 500), {}), "u2");
      }
      for (size_t i = 0; i < others; ++i) {
        const RecordId id = lists.headquarters.store().new_record_id(lists.headquarters.now());
        lists.write(compose(nullptr, id, "other", {}), "u1");
      }
      return 0;
    });
    RecordFilter filter;
    filter.review = "pending";
    if (others == 0) filter.units = {"u2"};
    const auto all = lists.list(filter);
    for (const int64_t limit : {1, 7, 499, 500, 501, 3000}) {
      CAPTURE(others, limit);
      CHECK(lists.pages(filter, limit) == all);
    }
    // What was told last leaves the list before it goes on; so does what comes next.
    std::set<std::string> told;
    filter.limit = 9;
    for (bool more = true; more;) {
      std::vector<std::string> page;
      more = lists.headquarters.store().queries().list_placed(
          filter, std::nullopt, [&](const RecordPlace& at, const boost::json::object& line) {
            std::string name;
            for (const char* part : {"form", "record", "unit"}) name += line.at(part).as_string();
            page.push_back(std::move(name));
            filter.after = at;
          });
      for (const std::string& each : page) CHECK(told.insert(each).second);
      if (!page.empty() && page.back().starts_with("form")) {
        const std::string form = page.back().substr(0, page.back().find(shared.hex()));
        lists.write(
            compose(
                nullptr, shared, form,
                {{"_review", review_value({ReviewVerdict::kAccepted, false, {}, {}, {}}, Hash{})}}),
            "u2");
      }
    }
    CHECK(told.size() == all.size());
  }
}

TEST_CASE("a filter of any bytes finds nothing and harms nothing") {
  Lists lists;
  for (const std::string& odd : {std::string("'; DROP TABLE records"), std::string("a\0b", 3),
                                 std::string("\xff\xfe"), std::string("%"), std::string("c'")}) {
    for (const RecordFilter& filter : {RecordFilter{{odd}, {}, {}, {}, false, false, {}, -1},
                                       RecordFilter{{}, odd, {}, {}, false, false, {}, -1},
                                       RecordFilter{{}, {}, odd, {}, false, false, {}, -1},
                                       RecordFilter{{}, {}, {}, odd, false, false, {}, -1}}) {
      CAPTURE(odd);
      CHECK(lists.list(filter).empty());
    }
  }
  CHECK(lists.list({}).size() == 1200);
}
