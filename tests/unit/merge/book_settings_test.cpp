#include "sync/merge/book_settings.hpp"

#include <algorithm>
#include <random>

#include "support.hpp"
#include "sync/ledger/crypto.hpp"

using namespace sitelog;

namespace {

SigningKey key_number(int number) {
  std::array<uint8_t, 32> seed{};
  seed[0] = static_cast<uint8_t>(number);
  return SigningKey::from_seed(seed);
}

RecordState granted(const SigningKey& key, Values more = {}) {
  more["key"] = key.public_key().hex();
  more.emplace("name", "井下终端");
  return told(kFormGrant, record_of(key.device()), more);
}

BookSettings settings_of(const BookCode& book, const std::vector<RecordState>& records) {
  BookSettings settings(book, kHeadquarters, kCatalogue);
  for (const RecordState& record : records) settings.learn(record);
  return settings;
}

Entry entry_of(std::string_view form, const std::string& field, const RecordId& record = {}) {
  Entry entry;
  entry.record = record;
  entry.form = form;
  entry.assignments = {{"title", "x", {}}, {field, "x", {}}};
  return entry;
}

std::string judged(const BookSettings& settings, const DeviceId& author, const Entry& entry,
                   bool before_revocation = true) {
  const auto refusal = settings.judge(author, entry, before_revocation);
  return refusal ? name_of(refusal->reason) : "merged";
}

// What a replica knows of a book, for comparison.
std::string known(const BookSettings& settings) {
  std::string out;
  for (const auto& [device, grant] : settings.grants()) {
    out += device.hex() + grant.name + (grant.revoked ? " revoked" : "");
    for (const Tip& tip : grant.kept) out += " " + std::to_string(tip.number.value);
    out += '\n';
  }
  for (const char* field : {"title", "place", "other"}) {
    out += name_of(settings.policy("event", "", field));
    out += '\n';
  }
  for (int device = 1; device < 4; ++device) {
    for (uint64_t boot = 1; boot < 3; ++boot) {
      const auto anchor = settings.anchor(key_number(device).device(), boot);
      out += anchor ? std::to_string(anchor->wall_ms) : "none";
      out += '\n';
    }
  }
  return out;
}

}  // namespace

TEST_CASE("A grant says the device's agreement key; what is no key counts as none") {
  const SigningKey device = key_number(1);
  AgreementKey::Random random;
  random.fill(1);
  const std::string key = AgreementKey::from_random(random).public_key().hex();
  const auto said = [&](Values more) {
    const BookSettings settings = settings_of("u1", {granted(device, std::move(more))});
    return settings.grant(device.device())->agreement_key;
  };
  CHECK_FALSE(said({}).has_value());
  CHECK(said({{"agreement_key", key}})->hex() == key);
  CHECK_FALSE(said({{"agreement_key", key.substr(2)}}).has_value());
  CHECK_FALSE(said({{"agreement_key", "02" + key.substr(2, 64)}}).has_value());
  CHECK_FALSE(said({{"agreement_key", std::string(130, '4')}}).has_value());
  CHECK_FALSE(said({{"agreement_key", 7}}).has_value());
}

TEST_CASE("An agreement key changes nobody's right") {
  const SigningKey device = key_number(1);
  AgreementKey::Random random;
  random.fill(1);
  const std::string key = AgreementKey::from_random(random).public_key().hex();
  BookSettings settings = settings_of("u1", {granted(device)});
  CHECK_FALSE(settings.learn(granted(device, {{"agreement_key", key}})).regrant);
  const SigningKey first = key_number(0);
  BookSettings root(BookCode(kRootBook), first.device(), kCatalogue);
  CHECK_FALSE(root.learn(granted(first, {{"agreement_key", key}})).regrant);
}

TEST_CASE("A grant names a device's key, and the device's id follows from it") {
  const SigningKey key = key_number(1);
  BookSettings settings(kTestBook, kHeadquarters, kCatalogue);
  CHECK(settings.grant(key.device()) == nullptr);
  CHECK(settings.learn(granted(key)).regrant == key.device());
  const Grant* grant = settings.grant(key.device());
  REQUIRE(grant != nullptr);
  CHECK(grant->key == key.public_key());
  CHECK(grant->name == "井下终端");
  CHECK_FALSE(grant->revoked);
  CHECK_FALSE(settings.learn(granted(key, {{"name", "新名字"}})).regrant);
  CHECK(settings.grant(key.device())->name == "新名字");
}

TEST_CASE("Where a device stands in a book follows from its grant there") {
  const SigningKey key = key_number(1);
  BookSettings settings(kTestBook, kHeadquarters, kCatalogue);
  CHECK(settings.standing(kHeadquarters) == Standing::authority());
  CHECK(settings.standing(key.device()) == Standing());
  settings.learn(granted(key));
  CHECK(settings.standing(key.device()) == Standing::device(kTestBook));
  settings.learn(granted(key, {{"revoked", revoked_value({}, 1, "")}}));
  CHECK(settings.standing(key.device()) == Standing());
  CHECK(settings.standing(kHeadquarters) == Standing::authority());
}

TEST_CASE("A hub's grant lists the units whose books it carries, and gives no other right") {
  const SigningKey hub = key_number(1);
  const SigningKey device = key_number(2);
  const TextList below{"county-1", "county-2"};
  BookSettings settings = settings_of(kTestBook, {granted(hub), granted(device)});
  // Its own entries are judged as before: there is nothing to judge again.
  CHECK_FALSE(settings.learn(granted(hub, {{"subtree", below}})).regrant);
  CHECK(settings.standing(hub.device()) == Standing::hub(kTestBook, below));
  CHECK(settings.standing(hub.device()).is_hub());
  for (const DeviceId& author : {hub.device(), device.device()}) {
    CHECK(judged(settings, author, entry_of("event", "place")) == "merged");
    CHECK(judged(settings, author, entry_of("event", std::string(kFieldReview))) ==
          "not_permitted");
    CHECK(judged(settings, author, entry_of(kFormGrant, "key")) == "not_permitted");
  }
  // Whatever is no list of units makes no hub.
  for (const Value& value : {Value(TextList{}), Value("county-1"), Value()}) {
    settings.learn(granted(hub, {{"subtree", value}}));
    CHECK(settings.standing(hub.device()) == Standing::device(kTestBook));
  }
  settings.learn(granted(hub, {{"subtree", below}, {"revoked", revoked_value({}, 1, "")}}));
  CHECK(settings.standing(hub.device()) == Standing());
}

TEST_CASE("A standing says whose books a device may carry") {
  const BookCode root(kRootBook);
  CHECK_FALSE(Standing().carries(root));
  CHECK(Standing().books().empty());
  const Standing device = Standing::device("u1");
  CHECK(device.carries(root));
  CHECK(device.carries("u1"));
  CHECK_FALSE(device.carries("u2"));
  CHECK_FALSE(device.carries(""));
  CHECK(device.books() == std::vector<BookCode>{root, "u1"});
  // However often and in whatever order a grant names them.
  const Standing hub = Standing::hub("u1", {"u3", "u2", "u3", "u1", root});
  CHECK(hub.books() == std::vector<BookCode>{root, "u1", "u2", "u3"});
  CHECK(hub.carries("u3"));
  CHECK_FALSE(hub.carries("u4"));
  CHECK(hub.unit() == "u1");
  CHECK(Standing::authority().carries("u4"));
  CHECK(Standing::authority().unit().empty());
  CHECK_FALSE(hub.is_authority());
}

TEST_CASE("A revocation says up to where the device's entries still count") {
  const SigningKey key = key_number(1);
  const std::vector<Tip> kept{{{key.device(), {7}}, {12}, *Hash::from(std::string(32, 'h'))},
                              {{key.device(), {~0ULL}}, {~0ULL}, Hash{}}};
  BookSettings settings = settings_of(kTestBook, {granted(key)});
  const RecordState revoked = granted(key, {{"revoked", revoked_value(kept, 1718, "遗失")}});
  const Learned learned = settings.learn(revoked);
  CHECK(learned.regrant == key.device());
  CHECK(learned.as_before == kept);  // what leads there counted, and goes on
  CHECK(settings.grant(key.device())->revoked);
  CHECK(settings.grant(key.device())->kept == kept);
  CHECK_FALSE(settings.learn(revoked).regrant);
  // With other tips: what leads to one that both keep is judged as before.
  const std::vector<Tip> fewer{kept[1], {{key.device(), {7}}, {11}, Hash{}}};
  CHECK(settings.learn(granted(key, {{"revoked", revoked_value(fewer, 1719, "遗失")}})).as_before ==
        std::vector{kept[1]});
  // Granted again.
  const Learned again = settings.learn(granted(key, {{"revoked", Value()}}));
  CHECK(again.regrant == key.device());
  CHECK(again.as_before == fewer);
  CHECK_FALSE(settings.grant(key.device())->revoked);
}

TEST_CASE("A revocation whose kept tips are damaged keeps those that are not") {
  const SigningKey key = key_number(1);
  const Tip good{{key.device(), {7}}, {12}, Hash{}};
  Structure value = *revoked_value({good}, 0, "").structure();
  TextList tips = *value.at("kept").list();
  const std::string text = tips.front();
  for (const std::string& wrong :
       {std::string(), std::string(":"), std::string("::"), text + "0", text.substr(1),
        "x" + text.substr(1), text.substr(0, 17) + "-1" + text.substr(19),
        text.substr(0, 17) + "99999999999999999999999" + text.substr(19), std::string(200, ':')}) {
    tips.push_back(wrong);
  }
  value["kept"] = tips;
  const auto kept_under = [&](const Value& revoked) {
    const auto settings = settings_of(kTestBook, {granted(key, {{"revoked", revoked}})});
    CHECK(settings.grant(key.device())->revoked);
    return settings.grant(key.device())->kept;
  };
  CHECK(kept_under(value) == std::vector{good});
  for (const Value& odd : {Value("yes"), Value(true), Value(Structure{}), Value(TextList{text}),
                           Value(Structure{{"kept", text}})}) {
    CHECK(kept_under(odd).empty());
  }
}

TEST_CASE("A grant whose key is not its record's is no grant") {
  const SigningKey key = key_number(1);
  const RecordId record = record_of(key.device());
  for (const Values& fields :
       {Values{}, Values{{"key", Value()}}, Values{{"key", "not hexadecimal"}}, Values{{"key", 5}},
        Values{{"key", key_number(2).public_key().hex()}},
        Values{{"key", key.public_key().hex() + "00"}}}) {
    BookSettings settings(kTestBook, kHeadquarters, kCatalogue);
    CHECK_FALSE(settings.learn(told(kFormGrant, record, fields)).regrant);
    CHECK(settings.grants().empty());
    CHECK(judged(settings, key.device(), entry_of("event", "place")) == "no_grant");
  }
}

TEST_CASE("A grant whose key is taken away later holds no longer") {
  const SigningKey key = key_number(1);
  BookSettings settings = settings_of(kTestBook, {granted(key)});
  RecordState without = granted(key);
  without.fields["key"].shown = Value();
  CHECK(settings.learn(without).regrant == key.device());
  CHECK(settings.grant(key.device()) == nullptr);
}

TEST_CASE("Who may write what, in which book") {
  const SigningKey key = key_number(1);
  const DeviceId site = key.device();
  const DeviceId stranger = key_number(2).device();
  const BookSettings book = settings_of(kTestBook, {granted(key)});
  const BookSettings root = settings_of(BookCode(kRootBook), {granted(key)});
  struct Case {
    std::string form, field;
    std::string by_site;  // in the unit's book
  };
  for (const Case& one : std::vector<Case>{{"event", "place", "merged"},
                                           {"plan", "_void", "merged"},
                                           {"event", "_campaign", "merged"},
                                           {"event", "_explain.place", "merged"},
                                           {"event", "_review", "not_permitted"},
                                           {"a-form-not-known-here", "place", "merged"},
                                           {"unit", "name", "not_permitted"},
                                           {"campaign", "definition", "not_permitted"},
                                           {"grant", "key", "not_permitted"},
                                           {"policy", "*", "not_permitted"},
                                           {"clock", "0000000000000001", "not_permitted"}}) {
    const Entry entry = entry_of(one.form, one.field);
    INFO(one.form << " " << one.field);
    CHECK(judged(book, site, entry) == one.by_site);
    CHECK(judged(book, stranger, entry) == "no_grant");
    CHECK(judged(book, kHeadquarters, entry) == "merged");
    CHECK(judged(root, site, entry) == "not_permitted");
    CHECK(judged(root, stranger, entry) == "not_permitted");
    CHECK(judged(root, kHeadquarters, entry) == "merged");
  }
}

TEST_CASE("A device corrects its own clock and no other's") {
  const SigningKey key = key_number(1);
  const BookSettings book = settings_of(kTestBook, {granted(key), granted(key_number(2))});
  const Entry own = entry_of(kFormClock, anchor_field(1), record_of(key.device()));
  const Entry other = entry_of(kFormClock, anchor_field(1), record_of(key_number(2).device()));
  CHECK(judged(book, key.device(), own) == "merged");
  CHECK(judged(book, key.device(), other) == "not_permitted");
  CHECK(judged(book, kHeadquarters, other) == "merged");
}

TEST_CASE("A revoked device's entries count up to its revocation, whatever they are") {
  const SigningKey key = key_number(1);
  const BookSettings book =
      settings_of(kTestBook, {granted(key, {{"revoked", revoked_value({}, 0, "")}})});
  const Entry entry = entry_of("event", "place");
  const Entry clock = entry_of(kFormClock, anchor_field(1), record_of(key.device()));
  CHECK(judged(book, key.device(), entry, true) == "merged");
  CHECK(judged(book, key.device(), entry, false) == "revoked");
  CHECK(judged(book, key.device(), clock, true) == "merged");
  CHECK(judged(book, key.device(), clock, false) == "revoked");
  CHECK(judged(book, key.device(), entry_of("event", "_review"), true) == "not_permitted");
}

TEST_CASE("A refusal names the device and the book") {
  const BookSettings book = settings_of(kTestBook, {});
  const DeviceId stranger = key_number(2).device();
  const auto refusal = book.judge(stranger, entry_of("event", "place"), true);
  REQUIRE(refusal);
  CHECK(describe(*refusal) ==
        "device " + stranger.hex() + " has no grant in the book of unit unit-1");
}

TEST_CASE("Records of other forms teach a book nothing") {
  BookSettings settings(kTestBook, kHeadquarters, kCatalogue);
  for (const char* form : {"event", "unit", "campaign", "grants", ""}) {
    RecordState record =
        granted(key_number(1), {{"*", "ask"}, {anchor_field(1), anchor_value({1, 2})}});
    record.form = form;
    const Learned learned = settings.learn(record);
    CHECK_FALSE(learned.regrant);
    CHECK_FALSE(learned.reshow);
    CHECK_FALSE(learned.retimed);
  }
  CHECK(settings.grants().empty());
}

TEST_CASE("What holds in a book follows from its records as they stand, not from how they came") {
  rc::prop("for random versions of the records, learned in random order", [] {
    std::vector<std::vector<RecordState>> versions;  // of each record, the last one counts
    const auto any_policy = [] {
      return *rc::gen::element<Value>(Value(), "ask", "site", "max", "nonsense");
    };
    for (int number = 1; number < 4; ++number) {
      const SigningKey key = key_number(number);
      std::vector<RecordState> grants, clocks, policies;
      for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
        const Tip tip{{key.device(), {1}}, {*rc::gen::inRange<uint64_t>(1, 3)}, Hash{}};
        RecordState grant = granted(
            key, {{"revoked", *rc::gen::element<Value>(Value(), revoked_value({tip}, 0, ""))}});
        if (*rc::gen::inRange(0, 3) == 0) grant.fields["key"].shown = Value();
        grants.push_back(grant);
        Values anchors;
        for (uint64_t boot = 1; boot < 3; ++boot) {
          if (*rc::gen::arbitrary<bool>()) continue;
          anchors[anchor_field(boot)] =
              *rc::gen::element<Value>(Value(), "x", anchor_value({0, 10}), anchor_value({0, 20}));
        }
        clocks.push_back(told(kFormClock, record_of(key.device()), anchors));
        policies.push_back(told(kFormPolicy, record_of(device_number(number)),
                                {{"*", any_policy()}, {"title", any_policy()}}));
      }
      versions.push_back(grants);
      versions.push_back(clocks);
      versions.push_back(policies);
    }
    BookSettings as_stands(kTestBook, kHeadquarters, kCatalogue);
    for (const auto& record : versions) as_stands.learn(record.back());

    BookSettings as_came(kTestBook, kHeadquarters, kCatalogue);
    std::mt19937_64 random(*rc::gen::arbitrary<uint64_t>());
    std::vector<size_t> next(versions.size(), 0);
    for (;;) {
      std::vector<size_t> open;
      for (size_t i = 0; i < versions.size(); ++i) {
        if (next[i] < versions[i].size()) open.push_back(i);
      }
      if (open.empty()) break;
      const size_t i = open[random() % open.size()];
      as_came.learn(versions[i][next[i]++]);
    }
    RC_ASSERT(known(as_came) == known(as_stands));
  });
}
