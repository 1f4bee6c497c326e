// Records found by the texts that they hold, whatever of the index is there.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "sync/merge/text_pairs.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "tests/support/indexed_texts.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

struct Place {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice site{clock, 2, headquarters, "u1"};

  Place() {
    headquarters.grant(site, "u1");
    sync(site, headquarters);
  }
  RecordId add(const std::string& title) {
    clock.advance(1000);
    const RecordId out = site.add_event(title);
    sync(site, headquarters);
    return out;
  }
  std::vector<std::string> found(const std::string& text, TestDevice& in) {
    RecordFilter filter;
    filter.text = folded(text);
    std::vector<std::string> out;
    in.store().queries().list_records(filter, std::nullopt, [&](const auto& line) {
      out.emplace_back(line.at("fields").at("title").as_string());
    });
    return out;
  }
  std::vector<std::string> found(const std::string& text) { return found(text, headquarters); }
  bool at_most(const std::string& text) {
    RecordFilter filter;
    filter.text = folded(text);
    ListEnd end;
    headquarters.store().queries().list_records(
        filter, std::nullopt, [](auto) {}, nullptr, &end);
    return end.at_most;
  }
};

using Titles = std::vector<std::string>;

}  // namespace

TEST_CASE("a text is found wherever it stands, whatever its case and width, indexed or not") {
  Place place;
  const Titles titles{"井口文艺演出", "工会ＡＢ讲座", "演 出", "OR title:x* NEAR(\"a\")",
                      "％_'; --",     "。",           "文"};
  for (const std::string& title : titles) place.add(title);
  const auto check = [&] {
    CHECK(place.found("文艺") == Titles{titles[0]});
    CHECK(place.found("艺演出") == Titles{titles[0]});
    CHECK(place.found("演出") == Titles{titles[0]});
    CHECK(place.found("ab") == Titles{titles[1]});
    CHECK(place.found("Ａb讲") == Titles{titles[1]});
    CHECK(place.found("文") == Titles{titles[0], titles[6]});
    CHECK(place.found("演　出") == Titles{titles[2]});
    CHECK(place.found("or TITLE:X*") == Titles{titles[3]});
    CHECK(place.found("NEAR(\"a\")") == Titles{titles[3]});
    CHECK(place.found("*").size() == 1);
    CHECK(place.found("\"") == Titles{titles[3]});
    CHECK(place.found("%_'; --") == Titles{titles[4]});
    CHECK(place.found("。") == Titles{titles[5]});
    CHECK(place.found("井口演出").empty());
    CHECK(place.found("出演").empty());
    CHECK(place.found("没有").empty());
    CHECK(place.found("\xff\xfe").empty());
  };
  check();
  CHECK(place.at_most("文艺"));
  index_all(place.headquarters, 3);
  CHECK(place.headquarters.count("SELECT count(*) FROM segments") > 1);
  check();
  CHECK_FALSE(place.at_most("文艺"));
  CHECK_FALSE(place.at_most("文"));
  CHECK(place.at_most("艺演出"));
  CHECK(place.headquarters.verified() == "");
  // At a site nothing is indexed, and everything is found.
  CHECK(place.found("艺演", place.site) == Titles{titles[0]});
  CHECK(place.site.count("SELECT count(*) FROM unindexed") == 0);
}

TEST_CASE("what is changed while it is indexed is found as it is, and no more as it was") {
  Place place;
  const RecordId record = place.add("井口演出");
  place.add("井口讲座");
  Store& store = place.headquarters.store();
  const int64_t segment = store.transact([&] { return store.begin_text(); });
  const auto content = store.queries().gather_text(100);
  REQUIRE(content);
  place.clock.advance(1000);
  place.site.edit_event(record, "title", "工地放映");
  sync(place.site, place.headquarters);
  CHECK(store.transact([&] {
    return store.add_text(segment, *content, 0, content->words.size()) &&
           store.finish_text(segment, *content);
  }));
  CHECK(place.found("演出").empty());
  CHECK(place.found("放映") == Titles{"工地放映"});
  CHECK(place.headquarters.verified() == "");
  index_all(place.headquarters);
  CHECK(place.headquarters.count("SELECT count(*) FROM unindexed") == 0);
  CHECK(place.found("演出").empty());
  CHECK(place.found("放映") == Titles{"工地放映"});
  CHECK_FALSE(place.at_most("放映"));
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("an index that was begun and not finished counts for nothing and is taken away") {
  Place place;
  for (int i = 0; i < 20; ++i) place.add("第" + std::to_string(i) + "场");
  const auto begin = [&] {
    Store& store = place.headquarters.store();
    const int64_t segment = store.transact([&] { return store.begin_text(); });
    const auto content = store.queries().gather_text(10);
    REQUIRE(content);
    store.transact([&] { return store.add_text(segment, *content, 0, 5); });
    return std::pair(segment, *content);
  };
  const auto [segment, content] = begin();
  place.headquarters.reopen();
  CHECK(place.found("第7") == Titles{"第7场"});
  // Whoever began it is gone with the program.
  Store& store = place.headquarters.store();
  CHECK_FALSE(store.transact([&] { return store.finish_text(segment, content); }));
  begin();
  index_all(place.headquarters, 10);
  CHECK(place.found("第7") == Titles{"第7场"});
  CHECK(place.headquarters.count("SELECT count(*) FROM words WHERE word_id >> 42 NOT IN"
                                 " (SELECT segment FROM segments)") == 0);
  CHECK(place.headquarters.count("SELECT count(*) FROM segments WHERE records IS NULL") == 0);
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("many small segments become one, which has what they had") {
  Place place;
  for (int i = 0; i < 12; ++i) {
    place.add("第" + std::to_string(i) + "场");
    Store& store = place.headquarters.store();
    const int64_t segment = store.transact([&] { return store.begin_text(); });
    const auto content = store.queries().gather_text(1000);
    REQUIRE(content);
    store.transact([&] {
      return store.add_text(segment, *content, 0, content->words.size()) &&
             store.finish_text(segment, *content);
    });
  }
  CHECK(place.headquarters.count("SELECT count(*) FROM segments WHERE records IS NOT NULL") < 9);
  index_all(place.headquarters);
  CHECK(place.found("第11") == Titles{"第11场"});
  CHECK(place.found("场").size() == 12);
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("what is erased is not in the index any more, nor in one that was under way") {
  Place place;
  const std::string secret = "某甲的病历";
  const RecordId record = place.add(secret);
  place.add("井口演出");
  Store& store = place.headquarters.store();
  const auto held = [&](const std::string& pair) {
    std::vector<TextPair> pairs;
    add_pairs(pair, pairs);
    return place.headquarters.count("SELECT count(*) FROM words WHERE word_id & " +
                                    std::to_string((TextPair{1} << kPairBits) - 1) + " = " +
                                    std::to_string(pairs.front()));
  };
  index_all(place.headquarters);
  CHECK(held("病历") == 1);
  store.transact([&] {
    store.drop_texts();
    return 0;
  });
  const int64_t segment = store.transact([&] { return store.begin_text(); });
  const auto content = store.queries().gather_text(100);
  REQUIRE(content);
  store.transact([&] { return store.add_text(segment, *content, 0, content->words.size()); });
  CHECK(held("病历") == 1);
  const EntryPlace entry = place_of(store.history("u1", record, "event").back().origin);
  CHECK(store.transact([&] { return store.erase("u1", entry); }));
  CHECK(held("病历") == 0);
  CHECK_FALSE(store.transact([&] { return store.finish_text(segment, *content); }));
  index_all(place.headquarters);
  CHECK(held("病历") == 0);
  CHECK(place.found("病历").empty());
  CHECK(place.found("演出") == Titles{"井口演出"});
  CHECK(place.headquarters.verified() == "");
}

TEST_CASE("texts are looked at as far as is asked, and it is said where that was") {
  Place place;
  for (int i = 0; i < 30; ++i) place.add("第" + std::to_string(i) + "场演出");
  RecordFilter filter;
  filter.text = "场演出";
  filter.looked_max = 10;
  Titles all;
  ListEnd end;
  bool more = true;
  int turns = 0;
  for (; more; ++turns) {
    more = place.headquarters.store().queries().list_records(
        filter, std::nullopt,
        [&](const auto& line) { all.emplace_back(line.at("fields").at("title").as_string()); },
        nullptr, &end);
    REQUIRE(end.looked_at);
    filter.after = *end.looked_at;
  }
  CHECK(turns >= 3);
  CHECK(all.size() == 30);
  filter.after = {};
  CHECK(place.headquarters.store().queries().count_records(filter, &end) == 10);
  CHECK(end.cut);
}
