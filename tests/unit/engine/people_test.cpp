// The people of a unit, as its book says.
#include "engine/people.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "support.hpp"
#include "sync/merge/forms.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

using Names = std::vector<std::string>;

Names listed(AskedHeadquarters& top, json::object args = {{"unit", "north"}}) {
  REQUIRE(top.ask("people.list", args));
  Names out;
  for (const json::object& line : top.lines()) out.emplace_back(line.at("name").as_string());
  std::sort(out.begin(), out.end());
  return out;
}

json::object about(const std::string& name, const BookCode& unit = "north") {
  return {{"name", name}, {"unit", unit}};
}

Caller li_of(const BookCode& unit, bool administers) {
  Caller out;
  out.name = "li";
  out.known_by = KnownBy::kPassword;
  const Scope scope{false, {unit}};
  out.roles = {administers ? administrator_of(scope) : viewer_of(scope)};
  return out;
}

// What a device of the unit, or a liar with its key, may write there.
void write_raw(AskedHeadquarters& top, const RecordId& record,
               const std::map<std::string, Value>& fields, const std::string& form = "@person") {
  const auto written = top.engine().call([&](Store& store, const CampaignCatalogue&) {
    const auto state = store.state("north", record, form);
    return store.write("north", compose(state ? &*state : nullptr, record, form, fields),
                       read_clock(), Person("x"));
  });
  REQUIRE(written);
}

}  // namespace

TEST_CASE("a unit's people are added, told with their role, removed and added again") {
  AskedHeadquarters top;
  auto zhang = about("张三");
  CHECK(top.ask("people.add", zhang)->at("name") == "张三");
  CHECK(top.ask("people.add", zhang)->contains("unchanged"));
  zhang["leads"] = true;
  CHECK(top.ask("people.add", zhang)->at("leads") == true);
  CHECK(top.ask("people.add", about("李四"))->at("unit") == "north");
  CHECK(listed(top) == Names{"张三", "李四"});
  CHECK(top.ask("people.add", about("张三"))->at("leads") == true);  // not said anew: stays
  CHECK(top.ask("people.remove", about("张三"))->at("removed") == true);
  CHECK(listed(top) == Names{"李四"});
  CHECK(listed(top, {{"unit", "north"}, {"removed", true}}).size() == 2);
  CHECK_FALSE(top.ask("people.remove", about("张三")));
  CHECK_FALSE(top.ask("people.add", about("张三"))->contains("leads"));  // begins anew
  CHECK(listed(top).size() == 2);
  CHECK(listed(top, {}).size() == 2);
  CHECK(listed(top, {{"unit", "south"}}).empty());
}

TEST_CASE("of names that look alike there is one, and names that can't be told apart are refused") {
  AskedHeadquarters top;
  REQUIRE(top.ask("people.add", about("Wang Li")));
  for (const char* alike : {"wang li", "ＷＡＮＧ ＬＩ", "WangLi", "Wang\u200bLi"}) {
    const auto again = top.ask("people.add", about(alike));
    if (again) CHECK(again->at("name") == "Wang Li");
  }
  CHECK(listed(top) == Names{"Wang Li"});
  for (const char* bad : {"", " ", "\u200b", "a\nb", "a\x1b[31m", "\u202Eabc", "x\u2066y"}) {
    CHECK_FALSE(top.ask("people.add", about(bad)));
  }
  CHECK_FALSE(top.ask("people.add", about(std::string(300, 'x'))));
  CHECK_FALSE(top.ask("people.add", about("张三", "nosuch")));
  CHECK_FALSE(top.ask("people.add", {{"name", "张三"}}));  // headquarters names the unit
  json::object odd = about("张三");
  odd["role"] = "emperor";
  CHECK_FALSE(top.ask("people.add", odd));
}

TEST_CASE("people are told and changed within their unit's scope, and by no role of one campaign") {
  AskedHeadquarters top;
  REQUIRE(top.ask("people.add", about("张三")));
  CHECK(top.ask_as(li_of("north", false), "people.list", {}));
  CHECK(top.lines().size() == 1);
  for (const json::object& args : {json::object{{"unit", "north"}}, json::object{}}) {
    const auto far = top.ask_as(li_of("south", false), "people.list", args);
    if (far) CHECK(top.lines().empty());
  }
  const auto refused = top.ask_as(li_of("south", true), "people.add", about("李四"));
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kUnknownUnit);
  CHECK_FALSE(top.ask_as(li_of("south", true), "people.remove", about("张三")));
  CHECK_FALSE(top.ask_as(li_of("north", false), "people.add", about("李四")));  // reads only
  CHECK(top.ask_as(li_of("north", true), "people.add", about("李四")));
  Caller bound = li_of("north", false);
  bound.roles.front().scope = {false, {}, {}, {{{false, {"north"}, {}}, "year"}}};
  CHECK_FALSE(top.ask_as(bound, "people.list", {}));
}

TEST_CASE("what says of a person what no program would say is nobody") {
  AskedHeadquarters top;
  REQUIRE(top.ask("people.add", about("张三")));
  const RecordId other = person_record("李四");
  write_raw(top, other, {{"name", Value("张三")}});  // not the record of that name
  write_raw(top, person_record("王五"), {{"name", Value("王\u202E五")}});
  write_raw(top, person_record("赵六"), {{"name", Value(int64_t{7})}});
  write_raw(top, person_record("钱七"), {{"role", Value("leader")}});
  CHECK(listed(top) == Names{"张三"});
  // And is put right by who adds them.
  REQUIRE(top.ask("people.add", about("李四")));
  REQUIRE(top.ask("people.add", about("赵六")));
  CHECK(listed(top) == Names{"张三", "李四", "赵六"});
}

TEST_CASE(
    "what is said again of when PINs began to hold is another, and what else is said is not") {
  AskedHeadquarters top;
  REQUIRE(top.ask("people.add", about("张三")));
  const auto since = [&] {
    return top.engine().call([](Store& store, const CampaignCatalogue&) {
      return pins_since(*store.state("north", person_record("张三"), "@person"));
    });
  };
  std::set<std::string> seen{since()};
  CHECK(seen == std::set<std::string>{""});
  for (const char* said : {"a", "b", "a"}) {
    top.engine().call([&](Store& store, const CampaignCatalogue&) {
      const auto before = store.state("north", person_record("张三"), "@person");
      REQUIRE(store.write(
          "north",
          compose(&*before, person_record("张三"), "@person", {{"pins_since", Value(said)}}),
          read_clock(), Person("x")));
      return Done{};
    });
    CHECK(seen.insert(since()).second);
  }
  REQUIRE(top.ask("people.add", {{"unit", "north"}, {"name", "张三"}, {"leads", true}}));
  CHECK(seen.contains(since()));
}

TEST_CASE("people are no records to list, count, review, decide about or find by name") {
  AskedHeadquarters top;
  REQUIRE(top.ask("people.add", about("张三")));
  const RecordId record = person_record("张三");
  write_raw(top, record, {{"role", Value("a")}});
  top.engine().call([&](Store& store, const CampaignCatalogue&) {
    const auto before = store.state("north", record, "@person");
    for (const char* role : {"b", "c"}) {
      REQUIRE(store.write("north", compose(&*before, record, "@person", {{"role", role}}),
                          read_clock(), Person("x")));
    }
    return Done{};
  });
  REQUIRE(top.ask("people.list", {}));
  CHECK(top.lines().front().at("in_conflict") == true);
  CHECK(top.ask("records.list", {})->at("records") == 0);
  REQUIRE(top.ask("conflicts.list", {}));
  CHECK(top.lines().empty());
  for (const std::string& name : {record.hex(), "north/@person/" + record.hex()}) {
    for (const char* operation : {"record.show", "record.whole"}) {
      CHECK_FALSE(top.ask(operation, {{"record", name}}));
    }
    CHECK_FALSE(top.ask("record.void", {{"record", name}, {"reason", "x"}}));
  }
  const auto status = top.ask("status", {{"unit", "north"}});
  REQUIRE(status);
  CHECK(status->at("units").as_array().front().at("records") == 0);
  CHECK(status->at("units").as_array().front().at("pending") == 0);
  // Saying it again settles it.
  REQUIRE(top.ask("people.add", about("张三")));
  REQUIRE(top.ask("people.list", {}));
  CHECK_FALSE(top.lines().front().contains("in_conflict"));
}

TEST_CASE("ten thousand people hold up nobody who adds one, and are listed page by page") {
  AskedHeadquarters top;
  constexpr int kMany = 10'000;
  top.engine().call([&](Store& store, const CampaignCatalogue&) {
    for (int i = 0; i < kMany; ++i) {
      const std::string name = "人" + std::to_string(i);
      REQUIRE(store.write("north",
                          compose(nullptr, person_record(name), "@person", {{"name", Value(name)}}),
                          read_clock(), Person("x")));
    }
    return Done{};
  });
  REQUIRE(top.ask("people.add", about("张三")));
  Names names;
  json::object args{{"unit", "north"}, {"limit", 3000}};
  for (;;) {
    const auto page = top.ask("people.list", args);
    REQUIRE(page);
    for (const json::object& line : top.lines()) names.emplace_back(line.at("name").as_string());
    if (!page->contains("next")) break;
    args["cursor"] = page->at("next");
    REQUIRE(names.size() <= kMany);
  }
  CHECK(names.size() == kMany + 1);
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
}

TEST_CASE("what a unit asks of names is one of three words, and free where it says another") {
  AskedHeadquarters top;
  const auto now = [&] { return top.ask("people.list", {{"unit", "north-1"}})->at("names"); };
  CHECK(now() == "free");
  for (const char* names : {"picked", "pin", "free"}) {
    REQUIRE(top.ask("people.names", {{"unit", "north-1"}, {"names", names}}));
    CHECK(now() == names);
  }
  CHECK_FALSE(top.ask("people.names", {{"unit", "north-1"}, {"names", "all"}}));
  CHECK_FALSE(
      top.ask_as(li_of("south", true), "people.names", {{"unit", "north-1"}, {"names", "pin"}}));
}
