#include <catch2/catch.hpp>

#include "engine/accounts/limits.hpp"
#include "engine/accounts/passwords.hpp"
#include "engine/accounts/session_file.hpp"
#include "engine/accounts/sessions.hpp"
#include "engine/accounts/tries.hpp"
#include "sync/ledger/crypto.hpp"

using namespace sitelog;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

const Clock::time_point kNow = Clock::time_point() + 1000h;

}  // namespace

TEST_CASE("a session ends when it lies idle, and after a day in any case") {
  Sessions sessions;
  const std::string idle = sessions.begin("li", kNow);
  CHECK(sessions.find(idle, kNow + limits::kSessionIdle) == "li");
  CHECK_FALSE(sessions.find(idle, kNow + 2 * limits::kSessionIdle + 1s));
  const std::string busy = sessions.begin("li", kNow);
  Clock::time_point at = kNow;
  for (; at <= kNow + limits::kSessionMost; at += limits::kSessionIdle) {
    CHECK(sessions.find(busy, at) == "li");
  }
  CHECK_FALSE(sessions.find(busy, at));
  CHECK(sessions.size() == 0);
}

TEST_CASE(
    "a session outlives a restart as old as it was, unless its account's ways in are others") {
  Sessions before;
  const std::string li = before.begin("li", kNow, "1.1.1.1"), wang = before.begin("wang", kNow);
  CHECK(before.find(li, kNow + 30min));
  constexpr int64_t kWall = 1'600'000'000'000;
  const auto stamp = [](const std::string& account) { return sha256(as_bytes(account)); };
  const std::string file = to_session_file(before.left(kNow + 50min), kWall, stamp);
  CHECK(file.find(li) == file.npos);

  const auto other_of_wang = [](const std::string& account) {
    return sha256(as_bytes(account == "wang" ? "another password" : account));
  };
  Sessions after;
  after.take_back(from_session_file(file, kWall + 5 * 60 * 1000, other_of_wang), kNow);
  REQUIRE(after.size() == 1);
  const auto told = after.of("li", li, kNow);
  CHECK((told.front().since == 55min && told.front().idle == 25min && told.front().asking));
  CHECK(told.front().from == "1.1.1.1");
  CHECK(after.find(li, kNow + 35min));
  CHECK_FALSE(after.find(wang, kNow));

  // Down for longer than it may lie idle; a clock that went back; what is no such file.
  Sessions late;
  late.take_back(from_session_file(file, kWall + 60 * 60 * 1000, stamp), kNow);
  CHECK(late.size() == 0);
  CHECK(from_session_file(file, kWall - 1, stamp).empty());
  for (const char* bad :
       {"", "{", "{}", "[]", R"({"at":"x","sessions":[]})", R"({"at":1,"sessions":[{}]})"}) {
    CHECK(from_session_file(bad, kWall, stamp).empty());
  }
}

TEST_CASE("a session is found by its whole secret, and ends by itself or with all") {
  Sessions sessions;
  const std::string one = sessions.begin("li", kNow), two = sessions.begin("li", kNow),
                    other = sessions.begin("wang", kNow);
  CHECK(one != two);
  CHECK_FALSE(sessions.find(one.substr(0, one.size() - 1), kNow));
  CHECK_FALSE(sessions.find("", kNow));
  sessions.end_all("li", two);
  CHECK_FALSE(sessions.find(one, kNow));
  CHECK(sessions.find(two, kNow));
  CHECK(sessions.end(two) == "li");
  CHECK_FALSE(sessions.end(two));
  CHECK(sessions.find(other, kNow) == "wang");
}

TEST_CASE("a session goes on by another secret, as old as it was, and the one so far has ended") {
  Sessions sessions;
  const std::string one = sessions.begin("li", kNow, "1.1.1.1");
  const std::string id = sessions.of("li", one, kNow).front().id;
  const std::string other = sessions.begin("li", kNow);
  const auto two = sessions.renew(one);
  REQUIRE(two);
  CHECK(*two != one);
  CHECK_FALSE(sessions.find(one, kNow));
  CHECK(sessions.ended(one) == "li");
  CHECK(sessions.find(*two, kNow + 1s) == "li");
  CHECK(sessions.find(other, kNow + 1s) == "li");
  CHECK(sessions.size() == 2);
  CHECK(sessions.end_named("li", id));
  CHECK_FALSE(sessions.find(*two, kNow + 1s));
  CHECK_FALSE(sessions.renew(*two));
  CHECK_FALSE(sessions.renew(""));
  // It is no way to stay for ever.
  std::string busy = sessions.begin("wang", kNow);
  for (auto at = kNow; at <= kNow + limits::kSessionMost; at += limits::kSessionIdle) {
    CHECK(sessions.find(busy, at) == "wang");
    busy = sessions.renew(busy).value();
  }
  CHECK_FALSE(sessions.find(busy, kNow + limits::kSessionMost + 1s));
}

TEST_CASE("of too many sessions of one account the one idle for longest makes room") {
  Sessions sessions;
  const std::string first = sessions.begin("li", kNow), other = sessions.begin("wang", kNow);
  for (size_t i = 1; i < limits::kSessionsOfAccountMax; ++i) sessions.begin("li", kNow + 1s);
  CHECK(sessions.find(first, kNow + 2s));  // used last
  sessions.begin("li", kNow + 3s);
  CHECK(sessions.find(first, kNow + 4s));
  CHECK(sessions.find(other, kNow + 4s));
  CHECK(sessions.size() == limits::kSessionsOfAccountMax + 1);
}

TEST_CASE("one's own sessions are told, and ended one by one, by names that open nothing") {
  Sessions sessions;
  const std::string one = sessions.begin("li", kNow, "1.1.1.1"),
                    two = sessions.begin("li", kNow + 60s, "2.2.2.2"),
                    other = sessions.begin("wang", kNow);
  const auto told = sessions.of("li", one, kNow + 90s);
  REQUIRE(told.size() == 2);
  CHECK(told[0].from == "2.2.2.2");
  CHECK(told[0].since == 30s);
  CHECK_FALSE(told[0].asking);
  CHECK(told[1].asking);
  CHECK(told[1].idle == 90s);
  CHECK(told[0].id != told[1].id);
  CHECK_FALSE(sessions.find(told[0].id, kNow + 90s));
  const std::string foreign = sessions.of("wang", other, kNow).front().id;
  CHECK_FALSE(sessions.end_named("li", foreign));
  CHECK_FALSE(sessions.end_named("li", ""));
  CHECK(sessions.end_named("li", told[0].id));
  CHECK_FALSE(sessions.end_named("li", told[0].id));
  CHECK_FALSE(sessions.find(two, kNow + 90s));
  CHECK(sessions.ended(two) == "li");
  CHECK(sessions.find(one, kNow + 90s));
  CHECK(sessions.of("li", one, kNow + 90s).size() == 1);
  CHECK(sessions.of("li", one, kNow + 2 * limits::kSessionIdle + 90s).empty());  // run out
  CHECK(sessions.of("nosuch", one, kNow).empty());
}

TEST_CASE("wrong tries make who gives them wait, longer each time, and nobody else") {
  Tries tries;
  Clock::time_point now = kNow;
  for (int i = 0; i < limits::kFreeTries; ++i) {
    CHECK(tries.wait("li", "1.1.1.1", now) == 0s);
    tries.failed("li", "1.1.1.1", now);
  }
  auto before = tries.wait("li", "1.1.1.1", now);
  CHECK(before == limits::kWaitFirst);
  for (int i = 0; i < 30; ++i) {
    now += before;
    CHECK(tries.wait("li", "1.1.1.1", now) == 0s);
    tries.failed("li", "1.1.1.1", now);
    const auto next = tries.wait("li", "1.1.1.1", now);
    CHECK(next >= before);
    CHECK(next <= limits::kWaitMost);
    before = next;
  }
  CHECK(tries.wait("li", "2.2.2.2", now) == 0s);    // its owner, elsewhere
  CHECK(tries.wait("wang", "1.1.1.1", now) == 0s);  // another, behind the same address
  now += 3 * limits::kWaitMost;
  tries.failed("li", "1.1.1.1", now);
  CHECK(tries.wait("li", "1.1.1.1", now) == 0s);  // long ago counts no more
}

TEST_CASE(
    "who tries many accounts from one address waits, and who signed in there before does not") {
  Tries tries;
  tries.succeeded("li", "1.1.1.1");
  for (int i = 0; i < limits::kTriesOfAddress + 1; ++i) {
    tries.failed("account " + std::to_string(i), "1.1.1.1", kNow);
  }
  CHECK(tries.wait("new one", "1.1.1.1", kNow) > 0s);
  CHECK(tries.wait("li", "1.1.1.1", kNow) == 0s);
  CHECK(tries.wait("new one", "2.2.2.2", kNow) == 0s);
  CHECK(tries.wait("new one", "1.1.1.1", kNow + 3 * limits::kTryOfAddressEvery) == 0s);
}

TEST_CASE("what is remembered of wrong tries has a bound") {
  Tries tries;
  for (size_t i = 0; i < limits::kTriesKept + 100; ++i) {
    tries.failed("li", std::to_string(i), kNow);
  }
  CHECK(tries.wait("li", "x", kNow) == 0s);
}

TEST_CASE("a password is kept as Argon2id makes it, with a salt of its own") {
  Passwords passwords;
  const std::string one = passwords.hash("correct horse"), two = passwords.hash("correct horse");
  CHECK(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
  CHECK(one != two);
  CHECK(passwords.matches("correct horse", one));
  CHECK_FALSE(passwords.matches("correct horsf", one));
  CHECK_FALSE(passwords.matches("correct horse", ""));
  CHECK_FALSE(passwords.matches("correct horse", "$argon2id$nonsense"));
}

TEST_CASE("a password is long enough, of several characters and not the account's name") {
  CHECK(Passwords::fit("correct horse", "li"));
  CHECK(Passwords::fit("从前有座山山里有座庙", "li"));
  std::string long_one;  // of 64 characters, whichever they are
  for (size_t i = 0; i < 64; ++i) long_one += i % 2 == 0 ? "\xf0\x9f\x90\x80" : "\xf0\x9f\x90\x8e";
  CHECK_FALSE(Passwords::fit(long_one, "li"));  // two kinds
  CHECK(Passwords::fit(long_one.substr(16) + "abcdefghijklmnop", "li"));
  for (const char* bad : {"", "short", "aaaaaaaaaaaa", "abababababab", "从前有座山",
                          "\xff\xfe"
                          "6789abcdef"}) {
    CHECK_FALSE(Passwords::fit(bad, "li"));
  }
  CHECK_FALSE(Passwords::fit(std::string(limits::kPasswordBytesMax, 'a') + "bcd", "li"));
  CHECK_FALSE(Passwords::fit("LI-Yang-1988", "li-yang-1988"));
}

TEST_CASE("a password that many take is refused, however its letters are written") {
  for (const char* common : {"qwertyuiop", "1q2w3e4r5t", "password123", "PassWord123",
                             "ｐａｓｓｗｏｒｄ１２３", "1qaz2wsx3edc", "basketball"}) {
    CHECK_FALSE(Passwords::fit(common, "li"));
  }
  for (const char* good : {"qwerty-zeppelin", "password of mine 7", "correct horse battery"}) {
    CHECK(Passwords::fit(good, "li"));
  }
}

TEST_CASE("a password is more than what others think of first") {
  const std::vector<std::string> words{"sitelog", "平顶山市总工会", "ruzhou", "汝州市总工会"};
  for (const char* bad : {"Ruzhou-2020", "sitelog12345", "平顶山市总工会123", "zhangsan 2020",
                          "zhangsanzhangsan", "SiteLogRuzhou1", "汝州市总工会！汝州市总工会"}) {
    CHECK_FALSE(Passwords::fit(bad, "zhangsan", words));
  }
  for (const char* good : {"ruzhou has nine mills", "sitelog!Kv7-qx2", "从前汝州有座山里有座庙"}) {
    CHECK(Passwords::fit(good, "zhangsan", words));
  }
}
