#include "engine/asked_once.hpp"

#include <catch2/catch.hpp>

#include "engine/limits.hpp"
#include "support.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

using Turn = std::unique_ptr<AskedOnce::Turn>;

AskedOnce::Asking asking(const std::string& key, const std::string& account = "li",
                         const std::string& request = "x") {
  return {account, key, sha256(as_bytes(request))};
}

AskedOnce::Asking secretly(const std::string& key, const std::string& account = "li") {
  AskedOnce::Asking out = asking(key, account);
  out.secret = true;
  return out;
}

Turn turn_of(AskedOnce& asked, const AskedOnce::Asking& what) {
  auto begun = asked.begin(what);
  auto* turn = std::get_if<Turn>(&begun);
  REQUIRE(turn != nullptr);
  return std::move(*turn);
}

json::object answer_of(const std::string& text) {
  return {{"lines", json::array()}, {"answer", {{"said", text}}}};
}

std::optional<AskedOnce::Before> before(AskedOnce& asked, const AskedOnce::Asking& what) {
  auto begun = asked.begin(what);
  const auto* found = std::get_if<AskedOnce::Before>(&begun);
  return found != nullptr ? std::optional(*found) : std::nullopt;
}

}  // namespace

TEST_CASE("what was done by a key is answered as it was, by another process too") {
  AskedHeadquarters top;
  {
    AskedOnce asked(top.engine());
    turn_of(asked, asking("1"))->done(answer_of("a"));
    CHECK(before(asked, asking("1"))->answer == answer_of("a"));
    CHECK(std::get<AskedOnce::Refused>(asked.begin(asking("1", "li", "y"))) ==
          AskedOnce::Refused::kAnotherRequest);
    CHECK_FALSE(before(asked, asking("1", "wang")));
  }
  AskedOnce later(top.engine());
  CHECK(before(later, asking("1"))->answer == answer_of("a"));
}

TEST_CASE("while one does it the others are told so, and what came to nothing is forgotten") {
  AskedHeadquarters top;
  AskedOnce asked(top.engine());
  auto turn = turn_of(asked, asking("1"));
  CHECK(std::get<AskedOnce::Refused>(asked.begin(asking("1"))) == AskedOnce::Refused::kUnderWay);
  turn.reset();
  turn_of(asked, asking("1", "li", "y"));
}

TEST_CASE("what was written before its answer was kept is known by what it wrote") {
  AskedHeadquarters top;
  std::string record;
  {
    AskedOnce asked(top.engine());
    const auto turn = turn_of(asked, asking("1"));
    record = top.add_event("north", "电影");  // and then the process is killed
    AskedOnce later(top.engine());
    const auto found = before(later, asking("1"));
    REQUIRE(found);
    CHECK_FALSE(found->answer);
    CHECK(found->written->at("record") == json::value(record));
  }
  AskedOnce later(top.engine());
  CHECK(before(later, asking("1"))->written->at("record") == json::value(record));
  CHECK_FALSE(before(later, asking("2")));
}

TEST_CASE("an answer that opens something is kept in memory alone") {
  AskedHeadquarters top;
  AskedOnce asked(top.engine());
  turn_of(asked, secretly("1"))->done(answer_of("secret"));
  CHECK(before(asked, asking("1"))->answer == answer_of("secret"));
  AskedOnce later(top.engine());
  CHECK_FALSE(before(later, asking("1")));
}

TEST_CASE(
    "what may hold a password leaves nothing in the folder, though entries are written by it") {
  AskedHeadquarters top;
  {
    AskedOnce asked(top.engine());
    const auto turn = turn_of(asked, secretly("1"));
    top.add_event("north", "电影");
  }
  AskedOnce later(top.engine());
  CHECK_FALSE(before(later, asking("1")));
}

TEST_CASE("of too many keys of one account its own eldest go, and no others'") {
  AskedHeadquarters top;
  AskedOnce asked(top.engine());
  turn_of(asked, secretly("first", "wang"))->done(answer_of("w"));
  for (size_t i = 0; i <= limits::kAskedOfAccount; ++i) {
    turn_of(asked, secretly(std::to_string(i)))->done(answer_of("a"));
  }
  CHECK_FALSE(before(asked, asking("0")));
  CHECK(before(asked, asking(std::to_string(limits::kAskedOfAccount))));
  CHECK(before(asked, asking("first", "wang")));
}

TEST_CASE("a long answer is not kept, but that it was done is") {
  AskedHeadquarters top;
  AskedOnce asked(top.engine());
  turn_of(asked, asking("1"))->done(answer_of(std::string(limits::kAskedAnswerBytesMax, 'x')));
  const auto found = before(asked, asking("1"));
  REQUIRE(found);
  CHECK_FALSE(found->answer);
}

TEST_CASE("a kept write is read as it was kept, and what is none is told apart") {
  AskedWrite kept{.account = "李", .key = sha256({}), .request = sha256({}), .at_ms = 7};
  CHECK(AskedWrite::parse(kept.to_text()) == kept);
  kept.answer = "{\"a\":1}";
  CHECK(AskedWrite::parse(kept.to_text()) == kept);
  for (const char* bad : {"", "{}", "[]", "{\"account\":1}", "\xff"}) {
    CHECK_FALSE(AskedWrite::parse(bad));
  }
}
