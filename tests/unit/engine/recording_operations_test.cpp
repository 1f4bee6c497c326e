#include <algorithm>
#include <catch2/catch.hpp>

#include "engine/authoring.hpp"
#include "engine/limits.hpp"
#include "engine/recorded_before.hpp"
#include "support.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

json::value row(int64_t number, const std::vector<std::string>& cells) {
  return json::object{{"line", number}, {"cells", json::array(cells.begin(), cells.end())}};
}

const json::object kMany{{"form", "event"}, {"unit", "north"}};

json::object with(json::object args, const char* name) {
  args[name] = true;
  return args;
}

int64_t count(const OperationAnswer& answer, const char* name) {
  REQUIRE(answer);
  return answer->at(name).as_int64();
}

size_t records(AskedHeadquarters& top) {
  REQUIRE(top.ask("records.list", {}));
  return top.lines().size();
}

}  // namespace

TEST_CASE("rows of a sheet are saved once, however often they are given") {
  AskedHeadquarters top;
  const std::vector<json::value> rows{row(1, {"某某表"}),     row(3, {"类型", "名称"}),
                                      row(4, {"电影", "甲"}), row(5, {"戏", "乙"}),
                                      row(6, {"电影", "甲"}), row(7, {"合计", "2"})};
  auto done = top.ask_with("record.add_many", kMany, rows);
  CHECK(count(done, "saved") == 1);
  CHECK(count(done, "refused") == 1);
  CHECK(count(done, "same") == 1);
  CHECK(count(done, "passed") == 1);
  CHECK(top.lines().at(1).at("line") == 5);
  done = top.ask_with("record.add_many", kMany, rows);
  CHECK(count(done, "saved") == 0);
  CHECK(count(done, "same") == 2);
  done = top.ask_with("record.add_many", with(kMany, "again"), rows);
  CHECK(count(done, "saved") == 2);
  CHECK(records(top) == 3);
}

TEST_CASE("what is to be saved whole is not saved where a row is wrong, or an input is none") {
  AskedHeadquarters top;
  std::vector<json::value> rows{row(1, {"kind", "title"})};
  for (int i = 2; i < 700; ++i) rows.push_back(row(i, {"film", std::to_string(i)}));
  auto wrong = rows;
  wrong[650] = row(651, {"opera", "x"});
  const auto done = top.ask_with("record.add_many", with(kMany, "all_or_nothing"), wrong);
  CHECK(count(done, "saved") == 0);
  CHECK(count(done, "refused") == 1);
  wrong[650] = nullptr;
  CHECK_FALSE(top.ask_with("record.add_many", with(kMany, "all_or_nothing"), wrong));
  CHECK(records(top) == 0);
  CHECK(count(top.ask_with("record.add_many", with(kMany, "all_or_nothing"), rows), "saved") ==
        698);
  CHECK(records(top) == 698);
}

TEST_CASE(
    "the same event is told before it is saved, also where it was voided, unless it happened "
    "again") {
  AskedHeadquarters top;
  const json::object event{
      {"form", "event"}, {"unit", "north"}, {"fields", {{"kind", "电影"}, {"title", "甲"}}}};
  const auto first = top.ask("record.add", event);
  REQUIRE(first);
  const auto refused = top.ask("record.add", event);
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().args.at(2) == first->at("record").as_string());
  json::object elsewhere = event;
  elsewhere["unit"] = "south";
  CHECK(top.ask("record.add", elsewhere));
  // By what it first said, whatever became of it.
  REQUIRE(top.ask("record.edit", {{"record", first->at("record")}, {"fields", {{"title", "乙"}}}}));
  CHECK_FALSE(top.ask("record.add", event));
  REQUIRE(top.ask("record.void", {{"record", first->at("record")}, {"reason", "错"}}));
  const auto voided = top.ask("record.add", event);
  REQUIRE_FALSE(voided);
  CHECK(voided.refusal().args.at(2) == first->at("record").as_string());
  CHECK(voided.refusal().args.at(3) == "错");
  CHECK(top.ask("record.add", with(event, "again")));
  // One that counts is told before one that doesn't.
  const auto counts = top.ask("record.add", event);
  REQUIRE_FALSE(counts);
  CHECK(counts.refusal().args.at(2) != first->at("record").as_string());
}

TEST_CASE(
    "a marked id keeps its time and its last digits, and other records' marks hold nothing back") {
  RecordId id;
  for (size_t i = 0; i < RecordId::kSize; ++i) id.bytes[i] = static_cast<uint8_t>(i + 1);
  const Hash one = digest_of_content("event", {{"title", Value("甲")}});
  const RecordId made = marked(id, one);
  for (const size_t kept : {0, 1, 2, 3, 4, 5, 7, 8, 12, 13, 14, 15}) {
    CHECK(made.bytes[kept] == id.bytes[kept]);
  }
  CHECK((made.bytes[6] & 0xf0) == 0x80);
  CHECK(one ==
        digest_of_content("event", {{"title", Value("甲")}, {"_explain.title", Value("x")}}));
  CHECK(one != digest_of_content("event", {{"title", Value("甲")}, {"_campaign", Value("x")}}));
  CHECK(one != digest_of_content("other", {{"title", Value("甲")}}));
}

TEST_CASE("what was recorded within the day is told of one record whoever recorded it, and how") {
  AskedHeadquarters top;
  const auto event = [](const std::string& title) {
    return json::object{
        {"form", "event"}, {"unit", "north"}, {"fields", {{"kind", "电影"}, {"title", title}}}};
  };
  const auto saves = [&](const std::string& title) {
    return static_cast<bool>(top.ask("record.add", event(title)));
  };
  // The first asking reads what was there; those that follow, what came since.
  REQUIRE(count(top.ask_with("record.add_many", kMany,
                             {row(1, {"kind", "title"}), row(2, {"film", "甲"})}),
                "saved") == 1);
  CHECK_FALSE(saves("甲"));
  REQUIRE(count(top.ask_with("record.add_many", kMany,
                             {row(1, {"kind", "title"}), row(2, {"film", "乙"})}),
                "saved") == 1);
  CHECK_FALSE(saves("乙"));
  // Two in one transaction, the first not yet written.
  Engine& engine = top.engine();
  const Author author{"li", read_clock(), today()};
  const auto [first, second] = engine.call([&](Store& store, const CampaignCatalogue& catalogue) {
    const auto save = [&] {
      RecordedBefore before("north", engine.recent_marks(), {author.clock.wall.ms - 1000});
      const NewRecord record{"", "event", {{"kind", "film"}, {"title", "丙"}}, {}};
      const auto saved = save_record(store, catalogue, "north", record, author, &before);
      return saved && !saved->same;
    };
    const bool saved = save();
    return std::pair(saved, save());
  });
  CHECK(first);
  CHECK_FALSE(second);
  CHECK(saves("丁"));
}

TEST_CASE("marks of records are known from the day asked for on, also when a clock is set back") {
  AskedHeadquarters top;
  const auto mark_of = [](const Hash& hash) {
    return uint32_t{hash.bytes[0]} << 16 | uint32_t{hash.bytes[1]} << 8 | hash.bytes[2];
  };
  std::vector<json::value> rows{row(1, {"kind", "title"})};
  std::vector<uint32_t> marks;
  for (int i = 0; i < 5000; ++i) {
    const std::string title = std::to_string(i);
    rows.push_back(row(i + 2, {"film", title}));
    marks.push_back(mark_of(digest_of_content(
        "event",
        {{"_campaign", Value("year")}, {"kind", Value("film")}, {"title", Value(title)}})));
  }
  const int64_t began_ms = read_clock().wall.ms;
  RecentMarks recent;
  const auto known = [&](int64_t since_ms) {
    return static_cast<size_t>(top.engine().call([&](Store& store, const CampaignCatalogue&) {
      return std::count_if(marks.begin(), marks.end(), [&](uint32_t mark) {
        return recent.may_hold(store.queries(), mark, {since_ms});
      });
    }));
  };
  CHECK(known(began_ms) == 0);
  REQUIRE(count(top.ask_with("record.add_many", kMany, rows), "saved") == 5000);
  CHECK(known(began_ms) == marks.size());
  RecentMarks later;
  std::swap(recent, later);
  // Nothing is drawn from tomorrow on: a few are looked for in vain.
  CHECK(known(began_ms + 86'400'000) < marks.size() / 10);
  CHECK(known(began_ms) == marks.size());
}

TEST_CASE("what is saved whole or not at all among units is bounded, and told before it is done") {
  AskedHeadquarters top;
  const auto rows = [](size_t lines, const std::string& title) {
    std::vector<json::value> out{row(1, {"kind", "title"})};
    for (size_t i = 1; i < lines; ++i) {
      out.push_back(row(static_cast<int64_t>(i) + 1, {"film", title + std::to_string(i)}));
    }
    return out;
  };
  const auto refused = [&](std::vector<json::value> lines) {
    const auto answer =
        top.ask_with("record.add_many", with(kMany, "all_or_nothing"), std::move(lines));
    REQUIRE_FALSE(answer);
    CHECK(answer.refusal().reason == Reason::kTooLarge);
    CHECK(top.lines().empty());
    REQUIRE(top.ask("records.list", {{"limit", 0}}));
    CHECK(top.ask("records.list", {{"limit", 0}})->at("of") == 0);
  };
  refused(rows(kLinesWholeAmongUnitsMax + 1, "x"));
  refused(rows(1200, std::string(1000, 'x')));
  CHECK(count(top.ask_with("record.add_many", with(kMany, "all_or_nothing"),
                           rows(kLinesWholeAmongUnitsMax, "x")),
              "saved") == kLinesWholeAmongUnitsMax - 1);
  // In parts as many as there are.
  CHECK(count(top.ask_with("record.add_many", kMany, rows(kLinesWholeAmongUnitsMax + 600, "y")),
              "saved") == kLinesWholeAmongUnitsMax + 599);
}

TEST_CASE("lines are checked by the campaign that is in force when they are saved") {
  AskedHeadquarters top;
  std::vector<json::value> lines{row(1, {"kind", "title"})};
  for (int i = 0; i < 1200; ++i) lines.push_back(row(i + 2, {"film", std::to_string(i)}));
  // Withdrawn while they come: what was saved stays, and of the others each says why not.
  size_t given = 0;
  top.before_input = [&] {
    if (++given != 600) return;
    REQUIRE(
        top.ask("campaign.withdraw", {{"campaign", "year"}, {"reason", "x"}, {"confirm", true}}));
  };
  const auto outcome = top.ask_with("record.add_many", kMany, lines);
  REQUIRE(outcome);
  CHECK(count(outcome, "saved") + count(outcome, "refused") == 1200);
  CHECK(count(outcome, "saved") >= 400);
  CHECK(count(outcome, "refused") >= 600);
}

TEST_CASE("records leave as files by the owner of the folder only") {
  AskedHeadquarters top;
  top.add_event("north", "电影");
  REQUIRE(top.ask("records.export", {{"form", "event"}, {"unit", "city"}}));
  CHECK(top.lines().size() == 1);
  Caller administrator = owner_of_folder(Language::kEnglish, "sitelogd");
  administrator.known_by = KnownBy::kPassword;
  administrator.name = "li";
  administrator.roles = {administrator_of({true, {}})};
  const auto refused = top.ask_as(administrator, "records.export", {{"form", "event"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kNotPermitted);
  CHECK(top.lines().empty());
}
