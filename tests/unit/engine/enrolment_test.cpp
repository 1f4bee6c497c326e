#include "daemon/enrolment.hpp"

#include <catch2/catch.hpp>

#include "support.hpp"
#include "sync/link/invitation.hpp"
#include "sync/merge/book_settings.hpp"
#include "sync/merge/forms.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

SigningKey key_of(uint8_t number) {
  KeySeed seed{};
  seed[0] = number;
  return SigningKey::from_seed(seed);
}

struct Gate {
  AskedHeadquarters top;

  std::string invite(const BookCode& unit) {
    const auto invited = top.ask("invite", {{"unit", unit}});
    REQUIRE(invited);
    return InvitationCode::parse(invited->at("code").as_string())->secret_bytes();
  }
  Result<JoinReply> join(const std::string& secret, const SigningKey& key,
                         const std::string& name) {
    return top.engine().call([&](Store& store, const CampaignCatalogue&) {
      return enrol(top.headquarters(), store, JoinRequest{secret, key.public_key(), name, {}});
    });
  }
  Reason refused(const std::string& secret, const SigningKey& key, const std::string& name) {
    const auto reply = join(secret, key, name);
    REQUIRE_FALSE(reply);
    return reply.refusal().reason;
  }
  // A grant as an earlier build may have given it.
  void grant(const BookCode& unit, const SigningKey& key, const std::string& name) {
    std::map<std::string, Value> values{{"key", Value(key.public_key().hex())}};
    if (!name.empty()) values.emplace("name", Value(name));
    write(unit, key, values);
  }
  void shut_out(const BookCode& unit, const SigningKey& key, const Value& revoked) {
    write(unit, key, {{"revoked", revoked}});
  }
  void write(const BookCode& unit, const SigningKey& key,
             const std::map<std::string, Value>& values) {
    const auto written = top.engine().call([&](Store& store, const CampaignCatalogue&) -> Result<> {
      const RecordId record = *RecordId::from(key.device().view());
      const std::string form(kFormGrant);
      const auto known = store.state(unit, record, form);
      const Entry entry = compose(known ? &*known : nullptr, record, form, values);
      const auto done = store.write(unit, entry, read_clock(), "");
      if (!done) return done.refusal();
      return Done{};
    });
    REQUIRE(written);
  }
  std::map<std::string, bool> revoked(const SigningKey& key) {
    std::map<std::string, bool> out;
    REQUIRE(top.ask("devices.list", {}));
    for (const json::object& line : top.lines()) {
      if (line.at("device").as_string() != key.device().hex()) continue;
      out[std::string(line.at("unit").as_string())] = !line.at("revoked").is_null();
    }
    return out;
  }
};

}  // namespace

TEST_CASE("a key of another unit is let in nowhere else, and spends no invitation") {
  Gate gate;
  REQUIRE(gate.join(gate.invite("north"), key_of(1), "甲"));
  const std::string other = gate.invite("south");
  CHECK(gate.refused(other, key_of(1), "甲") == Reason::kNotPermitted);
  CHECK(gate.revoked(key_of(1)).size() == 1);
  CHECK(gate.join(other, key_of(2), "乙"));
}

TEST_CASE("a revoked key joins no more, by its old invitation or a new one, which is not spent") {
  Gate gate;
  const std::string old = gate.invite("north");
  REQUIRE(gate.join(old, key_of(1), "甲"));
  REQUIRE(gate.join(old, key_of(1), "甲"));  // an answer that was lost
  REQUIRE(gate.top.ask("devices.revoke", {{"device", "甲"}}));
  CHECK(gate.refused(old, key_of(1), "甲") == Reason::kRevoked);
  for (const char* unit : {"north", "south"}) {
    const std::string fresh = gate.invite(unit);
    CHECK(gate.refused(fresh, key_of(1), "甲") == Reason::kRevoked);
    CHECK(gate.join(fresh, key_of(unit[0]), "乙"));
  }
  CHECK(gate.revoked(key_of(1)) == std::map<std::string, bool>{{"north", true}});
}

TEST_CASE("headquarters' own key joins no unit") {
  Gate gate;
  CHECK(gate.refused(gate.invite("north"), gate.top.engine().identity().key, "甲") ==
        Reason::kNotPermitted);
}

TEST_CASE("headquarters lets no device in without a name, or with one that can't be seen") {
  Gate gate;
  const std::string secret = gate.invite("north");
  for (const char* name : {"", " ", "甲\n", "\xff", "甲\u200b", "\u202e甲", "\ufeff"}) {
    CHECK(gate.refused(secret, key_of(1), name) == Reason::kInvalidValue);
  }
  CHECK(gate.join(secret, key_of(1), "甲"));
}

TEST_CASE("revoking a key shuts it out of every book where it has a grant") {
  Gate gate;
  gate.grant("north", key_of(1), "甲");
  gate.grant("south", key_of(1), "乙");
  const auto done = gate.top.ask("devices.revoke", {{"device", "乙"}});
  REQUIRE(done);
  CHECK(done->at("units").as_array().size() == 2);
  CHECK(gate.revoked(key_of(1)) == std::map<std::string, bool>{{"north", true}, {"south", true}});
  CHECK_FALSE(gate.top.ask("devices.revoke", {{"device", key_of(1).device().hex()}}));
  REQUIRE(gate.top.ask("devices.reinstate", {{"device", "甲"}}));
  CHECK(gate.revoked(key_of(1)) == std::map<std::string, bool>{{"north", false}, {"south", false}});
}

TEST_CASE("what can't be done in one book where a key has a grant is done in none") {
  for (const bool held_up_first : {true, false}) {
    Gate gate;
    gate.grant("north", key_of(1), "甲");
    gate.grant("south", key_of(1), "甲");
    gate.shut_out(held_up_first ? "north" : "south", key_of(1), held_up_value({}, 1));
    gate.shut_out(held_up_first ? "south" : "north", key_of(1), revoked_value({}, 1, "lost"));
    // Each takes back what is not the other's.
    for (const auto& [operation, reason] : {std::pair("devices.reinstate", Reason::kHeldUp),
                                            std::pair("devices.admit", Reason::kRevoked)}) {
      const auto refused = gate.top.ask(operation, {{"device", "甲"}});
      REQUIRE_FALSE(refused);
      CHECK(refused.refusal().reason == reason);
      CHECK(gate.revoked(key_of(1)) ==
            std::map<std::string, bool>{{"north", true}, {"south", true}});
    }
    // Shut out by people everywhere, it can be let in.
    REQUIRE(gate.top.ask("devices.revoke", {{"device", "甲"}}));
    REQUIRE(gate.top.ask("devices.reinstate", {{"device", "甲"}}));
    CHECK(gate.revoked(key_of(1)) ==
          std::map<std::string, bool>{{"north", false}, {"south", false}});
  }
}

TEST_CASE("a whole id names its device, whatever another device is called") {
  Gate gate;
  const std::string id = key_of(1).device().hex();
  REQUIRE(gate.join(gate.invite("north"), key_of(1), "甲"));
  REQUIRE(gate.join(gate.invite("north"), key_of(2), id));
  REQUIRE(gate.top.ask("devices.revoke", {{"device", id}}));
  CHECK(gate.revoked(key_of(1)).at("north"));
  CHECK_FALSE(gate.revoked(key_of(2)).at("north"));
}

TEST_CASE("names that look alike are told, and none of them is taken for the other") {
  Gate gate;
  REQUIRE(gate.join(gate.invite("north"), key_of(1), "Tablet 1"));
  REQUIRE(gate.join(gate.invite("south"), key_of(2), "ｔａｂｌｅｔ１"));
  REQUIRE(gate.join(gate.invite("south"), key_of(3), "别的"));
  REQUIRE(gate.top.ask("devices.list", {}));
  std::map<std::string, size_t> alike;
  for (const json::object& line : gate.top.lines()) {
    const auto* others = line.if_contains("alike");
    alike[std::string(line.at("name").as_string())] =
        others != nullptr ? others->as_array().size() : 0;
  }
  CHECK(alike ==
        std::map<std::string, size_t>{{"Tablet 1", 1}, {"ｔａｂｌｅｔ１", 1}, {"别的", 0}});
  const auto refused = gate.top.ask("devices.revoke", {{"device", "Tablet 1"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().problems.size() == 2);
}

TEST_CASE("a device without a name is shut out by its id and by no blank") {
  Gate gate;
  gate.grant("north", key_of(1), "");
  for (const char* blank : {"", " ", "\u200b"}) {
    CHECK_FALSE(gate.top.ask("devices.revoke", {{"device", blank}}));
  }
  CHECK_FALSE(gate.revoked(key_of(1)).at("north"));
  CHECK(gate.top.ask("devices.revoke", {{"device", key_of(1).device().hex().substr(0, 8)}}));
}
