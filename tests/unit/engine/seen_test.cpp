#include "engine/seen.hpp"

#include <catch2/catch.hpp>

#include "engine/record_changes.hpp"
#include "support.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

// What a site's device does between somebody's look and their word: here by another entry.
void set_title(AskedHeadquarters& top, const std::string& record, const std::string& title) {
  top.change_at_once(record, "title", {Value(title)});
}

json::object accepting(const std::string& record, const std::string& seen) {
  return {{"record", record}, {"seen", seen}, {"verdict", "accepted"}};
}

}  // namespace

TEST_CASE("a review of what is not there any more is refused, with what has changed and by whom") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  const std::string seen = top.seen(record);
  set_title(top, record, "假电影");
  const auto refused = top.ask("record.review", accepting(record, seen));
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kChanged);
  REQUIRE(refused.refusal().problems.size() == 1);
  const FieldProblem& change = refused.refusal().problems.front();
  CHECK(change.field == "title");
  CHECK(change.refusal.args == std::vector<std::string>{"\"电影\"", "\"假电影\"", "甲"});
  CHECK(top.shown(record).at("review").at("state") == "pending");
  const auto done = top.ask("record.review", accepting(record, top.seen(record)));
  REQUIRE(done);
  CHECK(done->at("fields").at("_review").at("verdict") == "accepted");
  CHECK(top.shown(record).at("seen") == done->at("seen"));
}

TEST_CASE("what was seen is named by the digest or by its code, and by nothing else") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  const json::object shown = top.shown(record);
  const std::string code(shown.at("code").as_string());
  CHECK(code.size() == kSeenCodeLength);
  for (const char* none : {"", "K7Q2M", "K7Q2M99", "K7Q2MU", "电影"}) {
    const auto refused = top.ask("record.review", accepting(record, none));
    REQUIRE_FALSE(refused);
    CHECK(refused.refusal().problems.front().field == "seen");
  }
  const auto missing = top.ask("record.review", {{"record", record}, {"verdict", "accepted"}});
  REQUIRE_FALSE(missing);
  CHECK(missing.refusal().problems.front().field == "seen");
  CHECK(top.ask("record.review", accepting(record, code)));
  CHECK(read_seen("k7o2il") == "K70211");
  CHECK_FALSE(read_seen(std::string(64, 'g')));
  const std::string other = code == "000000" ? "000001" : "000000";
  const auto unknown = top.ask("record.review", accepting(record, other));
  REQUIRE_FALSE(unknown);
  CHECK(unknown.refusal().reason == Reason::kChanged);
  CHECK(unknown.refusal().problems.empty());
}

TEST_CASE("codes of one digest differ from folder to folder, so nobody elsewhere can choose one") {
  const Hash digest = sha256(as_bytes("…"));
  KeySeed seed{};
  const SeenCodes here(SigningKey::from_seed(seed));
  seed[0] = 1;
  const SeenCodes there(SigningKey::from_seed(seed));
  CHECK(here.code(digest) != there.code(digest));
  CHECK(here.names(digest.hex(), digest));
  CHECK_FALSE(here.names(there.code(digest), digest));
}

TEST_CASE("lists, a record and its conflicts show the same digest, which every change changes") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  std::set<std::string> digests{top.seen(record)};
  const auto changed = [&](const std::string& operation, json::object args) {
    const std::string before = top.seen(record);
    args["record"] = record;
    if (operation != "change") REQUIRE(top.ask(operation, args));
    const std::string after = top.seen(record);
    INFO(operation);
    CHECK(digests.insert(after).second);
    REQUIRE(top.ask("records.list", {}));
    CHECK(top.lines().front().at("seen").as_string() == after);
  };
  changed("record.edit", {{"fields", {{"title", "讲座"}}}});
  changed("record.edit", {{"fields", {{"_explain.title", "更名"}}}});
  changed("record.void", {{"reason", "重复"}});
  changed("record.unvoid", {});
  changed("record.review", accepting(record, top.seen(record)));
  top.change_at_once(record, "title", {Value("甲"), Value("乙")});
  changed("change", {});
  REQUIRE(top.ask("conflicts.list", {}));
  CHECK(top.lines().front().at("seen").as_string() == top.seen(record));
}

TEST_CASE("a candidate is taken by its entry, whatever else has come, and never by its place") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  top.change_at_once(record, "title", {Value("甲"), Value("乙"), Value("丙")});
  const json::object shown = top.shown(record);
  const json::array& candidates = shown.at("conflicts").at(0).at("candidates").as_array();
  const auto taking = [&](const std::string& entry, const std::string& seen) {
    return top.ask("conflict.decide",
                   {{"record", record}, {"seen", seen}, {"field", "title"}, {"take", entry}});
  };
  const std::string seen(shown.at("seen").as_string());
  for (const char* place : {"1", "0001", "3"}) CHECK_FALSE(taking(place, seen));
  const json::object& wanted = candidates.at(1).as_object();
  const std::string entry = std::string(wanted.at("entry").as_string()).substr(0, 8);
  // One candidate more while the person decides: refused, and the conflict told.
  const auto written = top.engine().call([&](Store& store, const CampaignCatalogue&) -> Result<> {
    Entry late;
    late.record = *RecordId::parse(record);
    late.form = "event";
    late.assignments = {{"title", Value("迟"), {}}};
    const auto done = store.write("north", late, read_clock(), "乙");
    if (!done) return done.refusal();
    return Done{};
  });
  REQUIRE(written);
  const auto refused = taking(entry, seen);
  REQUIRE_FALSE(refused);
  REQUIRE(refused.refusal().problems.size() == 1);
  CHECK(refused.refusal().problems.front().refusal.args.at(2) == "乙");
  const auto done = taking(entry, top.seen(record));
  REQUIRE(done);
  CHECK(done->at("fields").at("title") == wanted.at("value"));
  CHECK(top.shown(record).at("fields").at("title") == wanted.at("value"));
}

TEST_CASE("an edit or a voiding with what was seen is refused where that has changed") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  const std::string seen = top.seen(record);
  set_title(top, record, "讲座");
  for (json::object args :
       {json::object{{"fields", {{"title", "x"}}}}, json::object{{"reason", "x"}}}) {
    args["record"] = record;
    args["seen"] = seen;
    const std::string name = args.contains("reason") ? "record.void" : "record.edit";
    const auto refused = top.ask(name, args);
    REQUIRE_FALSE(refused);
    CHECK(refused.refusal().reason == Reason::kChanged);
    args.erase("seen");
    CHECK(top.ask(name, args));  // its own record, on which nobody else has written
  }
}

TEST_CASE("an edit that says nothing of what was seen decides no conflict") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "电影");
  top.change_at_once(record, "title", {Value("甲"), Value("乙")});
  json::object args{{"record", record}, {"fields", {{"title", "丙"}}}};
  const auto refused = top.ask("record.edit", args);
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().problems.front().field == "title");
  CHECK(top.shown(record).at("conflicts").as_array().size() == 1);
  args["seen"] = top.seen(record);
  CHECK(top.ask("record.edit", args));
  CHECK(top.shown(record).at("conflicts").as_array().empty());
}

TEST_CASE("what was seen is looked for within bounds, and found where little has come since") {
  AskedHeadquarters top;
  const std::string record = top.add_event("north", "0");
  const std::string seen = top.seen(record);
  for (int i = 1; i < 300; ++i) set_title(top, record, std::to_string(i));
  const std::string late = top.seen(record);
  set_title(top, record, "300");
  const auto told = top.ask("record.review", accepting(record, late));
  REQUIRE_FALSE(told);
  CHECK(told.refusal().problems.size() == 1);
  const auto refused = top.ask("record.review", accepting(record, seen));
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kChanged);
  CHECK(top.shown(record).at("review").at("state") == "pending");
}
