// What holds for every store, whatever keeps it: SQLite, or maps in memory.
#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "sync/ledger/limits.hpp"
#include "tests/store/author.hpp"
#include "tests/store/keeper.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

constexpr const char* kUnit = "u1";

Kind any_kind() {
  return GENERATE(Kind::kSqlite, Kind::kMemory);
}

struct Holder {
  explicit Holder(Kind kind) : keeper(make_keeper(kind, clock, 2, headquarters, "u")) {}

  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  std::unique_ptr<Keeper> keeper;

  Replica& replica() { return keeper->replica(); }
  Result<Tip> append(const Batch& batch) { return keeper->append(headquarters.as_peer(), batch); }
};

Author author_with(uint64_t entries, uint64_t seed = 9) {
  std::array<uint8_t, 32> bytes{};
  bytes[0] = static_cast<uint8_t>(seed);
  Author out(SigningKey::from_seed(bytes), "u");
  for (uint64_t i = 0; i < entries; ++i) out.write("entry " + std::to_string(i));
  return out;
}

std::vector<std::string> read_all(Replica& store, const Tip& tip) {
  std::vector<std::string> out;
  while (out.size() < tip.number.value) {
    const Batch batch = store.read("u", tip, {out.size()});
    REQUIRE(batch.entries.size() <= limits::kBatchEntriesMax);
    out.insert(out.end(), batch.entries.begin(), batch.entries.end());
  }
  return out;
}

Value any_value(std::mt19937_64& random) {
  switch (random() % 5) {
    case 0: return Value(int64_t(random() % 4));
    case 1: return Value(TextList{"x" + std::to_string(random() % 3), "y"});
    case 2: return Value();
    default: return Value("text " + std::to_string(random() % 4));
  }
}

// A history with everything in it: grants, revocations, policies, campaigns, reviews, wrong clocks,
// parallel edits, decided and open conflicts. Its entries end up at headquarters.
class History {
 public:
  explicit History(uint64_t seed, int steps) : random_(seed) {
    for (int i = 0; i < 3; ++i) {
      sites_.push_back(std::make_unique<TestDevice>(clock_, 10 + i, headquarters_, kUnit));
      if (i < 2) headquarters_.grant(*sites_.back(), kUnit);
      if (i > 0) sites_.back()->clock_off_ms = -5'000'000;
    }
    for (int i = 0; i < 4; ++i) {
      records_.push_back(sites_[0]->store().new_record_id(sites_[0]->now()));
    }
    for (int i = 0; i < steps; ++i) act();
    for (int round = 0; round < 2; ++round) {
      for (auto& site : sites_) connect(*site);
    }
  }

  TestDevice& headquarters() { return headquarters_; }
  VirtualClock& clock() { return clock_; }
  // Every stream of the book, cut anew at random places, in random order.
  std::vector<Batch> batches(std::mt19937_64& random) {
    std::vector<Batch> out;
    for (const char* book : {kUnit, "root"}) {
      for (const Tip& tip : headquarters_.store().vector(book)) {
        headquarters_.store().begin();
        std::vector<Batch> stream;
        for (uint64_t after = 0; after < tip.number.value;) {
          stream.push_back(headquarters_.store().read(book, tip, {after}));
          after = stream.back().last().value;
        }
        headquarters_.store().commit();
        const Author author = Author::of(key_of(tip.stream.device), stream);
        for (uint64_t first = 1; first <= author.last();) {
          const uint64_t last = first + random() % (author.last() - first + 1);
          out.push_back(author.batch(first, last));
          first = last + 1;
        }
      }
    }
    std::shuffle(out.begin(), out.end(), random);
    return out;
  }

 private:
  SigningKey key_of(const DeviceId& device) {
    for (auto& site : sites_) {
      if (site->id() == device) return site->key();
    }
    return headquarters_.key();
  }

  void connect(TestDevice& site) {
    Wire wire(site, headquarters_);
    wire.run();
  }

  void act() {
    clock_.advance(1 + int64_t(random_() % 60'000));
    TestDevice& site = *sites_[random_() % sites_.size()];
    const RecordId& record = records_[random_() % records_.size()];
    const std::string field = std::string(1, static_cast<char>('a' + random_() % 3));
    switch (random_() % 16) {
      case 0: return headquarters_.set_policy(kUnit, random_() % 2 == 0 ? "*" : field, policy());
      case 1:
        return headquarters_.set_campaign("c", random_() % 2 == 0 ? "*" : "film",
                                          {{"b", policy()}});
      case 2: return headquarters_.grant(*sites_[2], kUnit);
      case 3: return headquarters_.revoke(*sites_[2], kUnit, headquarters_.store().vector(kUnit));
      case 4: return headquarters_.reinstate(*sites_[2], kUnit);
      case 5: {
        const auto state = headquarters_.event(record, kUnit);
        if (!state) return;
        Review review{ReviewVerdict::kReturned, false, "more", {}, ""};
        headquarters_.write(kUnit, record, "event",
                            {{"_review", review_value(review, content_digest(*state))}});
        return;
      }
      case 6:
      case 7:
      case 8: return connect(site);
      case 9: headquarters_.write(kUnit, record, "event", {{field, any_value(random_)}}); return;
      case 10: ++site.boot; return;
      default:
        site.write(kUnit, record, "event",
                   {{field, any_value(random_)},
                    {"_campaign", "c"},
                    {"kind", random_() % 2 == 0 ? "film" : "book"}});
    }
  }

  std::string policy() {
    static constexpr const char* kNames[] = {"latest", "site", "headquarters", "ask",
                                             "max",    "min",  "union"};
    return kNames[random_() % std::size(kNames)];
  }

  std::mt19937_64 random_;
  VirtualClock clock_;
  TestDevice headquarters_{clock_, 1};
  std::vector<std::unique_ptr<TestDevice>> sites_;
  std::vector<RecordId> records_;
};

// Takes batches in the order given, those refused as a gap again later, `together` in a
// transaction.
void take(Keeper& keeper, const Peer& from, std::vector<Batch> batches, size_t together) {
  while (!batches.empty()) {
    const size_t before = batches.size();
    std::vector<Batch> later;
    for (size_t i = 0; i < batches.size(); i += together) {
      keeper.transact([&] {
        for (size_t k = i; k < std::min(i + together, batches.size()); ++k) {
          if (!keeper.replica().append(from, batches[k], {})) later.push_back(batches[k]);
        }
      });
    }
    batches = std::move(later);
    REQUIRE(batches.size() < before);
  }
}

// Two stores, kept in either way, that follow headquarters step by step.
struct Followers {
  explicit Followers(VirtualClock& clock, TestDevice& of) : headquarters(of) {
    for (const Kind kind : {Kind::kSqlite, Kind::kMemory}) {
      keepers.push_back(make_keeper(kind, clock, 50, of, kUnit));
    }
  }
  // What came to headquarters since comes to them, and all three show the same.
  void follow() {
    headquarters.store().begin();
    std::vector<Batch> batches = all_of(headquarters.store(), std::string(kRootBook));
    for (Batch& batch : all_of(headquarters.store(), kUnit)) batches.push_back(std::move(batch));
    headquarters.store().commit();
    for (auto& keeper : keepers) {
      take(*keeper, headquarters.as_peer(), batches, batches.size());
      CHECK(keeper->shown(kUnit) == shown_of(headquarters, kUnit));
      CHECK(keeper->state_digest(kUnit) == headquarters.state_digest(kUnit));
      CHECK(keeper->state_digest("root") == headquarters.state_digest("root"));
      CHECK(keeper->verified() == "");
    }
  }

  TestDevice& headquarters;
  std::vector<std::unique_ptr<Keeper>> keepers;
};

}  // namespace

TEST_CASE("entries are kept and given on as their author wrote them") {
  Holder holder(any_kind());
  const Author author = author_with(5);
  const auto kept = holder.append(author.all());
  REQUIRE(kept);
  CHECK(*kept == author.tip());
  CHECK(holder.replica().vector("u") == VersionVector{author.tip()});
  const Batch batch = holder.replica().read("u", author.tip(), {0});
  CHECK(batch.entries == author.bytes());
  CHECK(batch.key == author.all().key);
  CHECK(batch.signature == author.all().signature);
  holder.keeper->reopen();
  CHECK(holder.replica().vector("u") == VersionVector{author.tip()});
}

TEST_CASE("entries that are held already are skipped, and those behind them kept") {
  Holder holder(any_kind());
  const Author author = author_with(9);
  REQUIRE(holder.append(author.batch(1, 5)));
  CHECK(*holder.append(author.batch(1, 5)) == author.tip(5));
  CHECK(*holder.append(author.batch(2, 3)) == author.tip(3));
  CHECK(*holder.append(author.batch(4, 9)) == author.tip(9));
  CHECK(holder.keeper->entries("u") == 9);
  CHECK(holder.keeper->verified() == "");
}

TEST_CASE("entries whose predecessors are not here are refused as a gap, and nothing is kept") {
  Holder holder(any_kind());
  const Author author = author_with(9);
  REQUIRE(holder.append(author.batch(1, 3)));
  for (const Batch& batch : {author.batch(5, 9), author_with(9, 8).batch(2, 9)}) {
    const auto refused = holder.append(batch);
    REQUIRE(!refused);
    CHECK(refused.refusal().reason == Reason::kGap);
  }
  Batch elsewhere = author.batch(4, 9);
  elsewhere.previous.bytes[0] ^= 1;
  CHECK(holder.append(elsewhere).refusal().reason == Reason::kGap);
  CHECK(holder.keeper->entries("u") == 3);
}

TEST_CASE("whatever is changed in a batch, its signature shows it and nothing is kept") {
  Holder holder(any_kind());
  const Author author = author_with(6);
  REQUIRE(holder.append(author.batch(1, 2)));
  std::vector<Batch> altered;
  for (int i = 0; i < 6; ++i) altered.push_back(author.batch(3, 6));
  altered[0].entries[1][0] ^= 1;
  altered[1].entries.pop_back();
  altered[2].entries.push_back("one more");
  std::swap(altered[3].entries[0], altered[3].entries[2]);
  altered[4].signature.bytes[10] ^= 1;
  altered[5].key = author_with(0, 3).batch(1, 0).key;
  for (size_t i = 0; i < altered.size(); ++i) {
    CAPTURE(i);
    const auto refused = holder.append(altered[i]);
    REQUIRE(!refused);
    CHECK(refused.refusal().reason == Reason::kBadSignature);
  }
  CHECK(holder.replica().vector("u") == VersionVector{author.tip(2)});
  CHECK(holder.keeper->verified() == "");
}

TEST_CASE("a stream that was written on two copies of a disk is kept with both ways") {
  Holder holder(any_kind());
  const Author disk = author_with(10);
  Author clone = disk.forked_at(6);
  clone.write("by the clone");
  clone.write("by the clone again");
  Author third = clone.forked_at(7);
  third.write("by a clone of the clone");
  REQUIRE(holder.append(disk.all()));
  REQUIRE(*holder.append(clone.all()) == clone.tip());
  REQUIRE(*holder.append(third.batch(7, 8)) == third.tip());

  Replica& store = holder.replica();
  VersionVector tips{disk.tip(), clone.tip(), third.tip()};
  std::sort(tips.begin(), tips.end());
  CHECK(store.vector("u") == tips);
  CHECK(holder.keeper->entries("u") == 13);

  CHECK(store.common("u", disk.tip(), mark_of(clone.tip()))->value == 6);
  CHECK(store.common("u", third.tip(), mark_of(clone.tip()))->value == 7);
  CHECK(store.common("u", third.tip(), mark_of(disk.tip()))->value == 6);
  CHECK(store.common("u", disk.tip(), mark_of(disk.tip(4)))->value == 4);
  CHECK(!store.common("u", disk.tip(), Mark{{4}, clone.name(8)}));

  for (const Author* author :
       {&disk, static_cast<const Author*>(&clone), static_cast<const Author*>(&third)}) {
    CHECK(read_all(store, author->tip()) == author->bytes());
    for (uint64_t n = 1; n <= author->last(); ++n) {
      CHECK(store.mark_at("u", author->tip(), {n}) == mark_of(author->tip(n)));
    }
    const auto samples = store.samples("u", author->tip());
    CHECK(samples.front() == mark_of(author->tip()));
    CHECK(std::is_sorted(samples.rbegin(), samples.rend()));
    for (const Mark& mark : samples) CHECK(mark.name == author->name(mark.number.value));
  }
  CHECK(holder.keeper->verified() == "");
  holder.keeper->reopen();
  CHECK(holder.replica().vector("u") == tips);
}

TEST_CASE("two streams under one key that part from the very first entry are both kept") {
  Holder holder(any_kind());
  const Author one = author_with(3);
  Author other = one.forked_at(0);
  other.write("quite different");
  REQUIRE(holder.append(one.all()));
  REQUIRE(holder.append(other.all()));
  CHECK(holder.replica().vector("u").size() == 2);
  CHECK(holder.replica().common("u", one.tip(), mark_of(other.tip()))->value == 0);
  CHECK(*holder.append(one.all()) == one.tip());
  CHECK(holder.keeper->entries("u") == 4);
  CHECK(holder.keeper->verified() == "");
}

TEST_CASE("a tree of forks is the same in every order of arrival and can be given on whole") {
  const Kind kind = any_kind();
  CHECK(rc::check([&] {
    std::mt19937 random(*rc::gen::arbitrary<uint32_t>());
    const auto below = [&](uint64_t n) { return random() % std::max<uint64_t>(1, n); };
    std::vector<Author> branches{author_with(1 + below(8))};
    for (int i = 0; i < 4; ++i) {
      Author next = branches[below(branches.size())];
      if (below(2) == 0) next = next.forked_at(below(next.last() + 1));
      for (uint64_t n = 1 + below(4); n > 0; --n) next.write("e" + std::to_string(random()));
      branches.push_back(next);
    }
    std::vector<Batch> batches;
    for (const Author& branch : branches) {
      for (uint64_t first = 1; first <= branch.last();) {
        const uint64_t last = first + below(branch.last() - first + 1);
        batches.push_back(branch.batch(first, last));
        first = last + 1;
      }
    }
    Holder holder(kind);
    std::shuffle(batches.begin(), batches.end(), random);
    while (!batches.empty()) {
      const size_t before = batches.size();
      std::erase_if(batches, [&](const Batch& batch) {
        const auto kept = holder.append(batch);
        const bool fine = kept || kept.refusal().reason == Reason::kGap;
        RC_ASSERT(fine);
        return static_cast<bool>(kept);
      });
      RC_ASSERT(batches.size() < before);
    }
    std::set<EntryName> names;
    std::set<Tip> tips;
    for (const Author& branch : branches) {
      for (uint64_t n = 1; n <= branch.last(); ++n) names.insert(branch.name(n));
      tips.insert(branch.tip());
    }
    for (const Author& branch : branches) {  // what another goes beyond is no tip
      for (uint64_t n = 0; n < branch.last(); ++n) tips.erase(branch.tip(n));
    }
    Replica& store = holder.replica();
    RC_ASSERT(store.vector("u") == VersionVector(tips.begin(), tips.end()));
    RC_ASSERT(holder.keeper->entries("u") == names.size());
    RC_ASSERT(holder.keeper->verified() == "");

    Holder other(kind);
    for (const Tip& tip : store.vector("u")) {
      for (uint64_t after = 0; after < tip.number.value;) {
        const Batch batch = store.read("u", tip, {after});
        RC_ASSERT(static_cast<bool>(other.append(batch)));
        after = batch.last().value;
      }
    }
    RC_ASSERT(other.replica().digest("u") == store.digest("u"));
  }));
}

TEST_CASE("the same entries give the same state in every order, by one transaction or by many") {
  const Kind kind = any_kind();
  CHECK(rc::check([&] {
    const auto seed = *rc::gen::arbitrary<uint64_t>();
    History history(seed, *rc::gen::inRange(5, 60));
    TestDevice& headquarters = history.headquarters();
    RC_ASSERT(headquarters.verified() == "");
    std::mt19937_64 random(seed);
    for (const size_t together : {size_t{1}, size_t{3}, size_t{10'000}}) {
      const auto other = make_keeper(kind, history.clock(), 77, headquarters, kUnit);
      take(*other, headquarters.as_peer(), history.batches(random), together);
      RC_ASSERT(other->shown(kUnit) == shown_of(headquarters, kUnit));
      RC_ASSERT(other->state_digest(kUnit) == headquarters.state_digest(kUnit));
      RC_ASSERT(other->replica().digest(kUnit) == headquarters.store().digest(kUnit));
      RC_ASSERT(other->verified() == "");
      other->reopen();
      other->transact([] {});
      RC_ASSERT(other->state_digest(kUnit) == headquarters.state_digest(kUnit));
    }
  }));
}

TEST_CASE("a transaction that is undone leaves nothing, whatever it brought") {
  VirtualClock clock;
  TestDevice headquarters(clock, 1), site(clock, 3, headquarters, kUnit);
  const auto keeper = make_keeper(any_kind(), clock, 2, headquarters, kUnit);
  const auto take_all = [&](bool keep) {
    headquarters.store().begin();
    const auto batches = all_of(headquarters.store(), kUnit);
    headquarters.store().commit();
    keeper->transact(
        [&] {
          for (const Batch& batch : batches) {
            REQUIRE(keeper->replica().append(headquarters.as_peer(), batch, {}));
          }
        },
        keep);
  };
  site.add_event("waits for its grant");
  Wire(site, headquarters).run();
  take_all(true);
  const auto shown = keeper->shown(kUnit);
  const auto digest = keeper->replica().digest(kUnit);
  headquarters.grant(site, kUnit);
  headquarters.set_policy(kUnit, "*", "ask");
  take_all(false);
  CHECK(keeper->shown(kUnit) == shown);
  CHECK(keeper->replica().digest(kUnit) == digest);
  CHECK(keeper->verified() == "");
  take_all(true);
  CHECK(keeper->shown(kUnit) == shown_of(headquarters, kUnit));
  CHECK(keeper->verified() == "");
}

TEST_CASE("grants, revocations, policies, clocks and campaigns show the same on every shelf") {
  VirtualClock clock;
  TestDevice headquarters(clock, 1);
  TestDevice a(clock, 2, headquarters, kUnit), b(clock, 3, headquarters, kUnit);
  Followers others(clock, headquarters);
  std::vector<TestDevice*> served{&a, &b, &a};
  const auto step = [&](const char* what, const std::function<void()>& change) {
    INFO(what);
    change();
    for (TestDevice* site : served) {
      const bool reads = headquarters.store().settings(kUnit).grant(site->id()) != nullptr;
      if (reads) sync(*site, headquarters);
      if (!reads) Wire(*site, headquarters).run();
    }
    others.follow();
  };
  RecordId event;
  VersionVector kept;
  // What all of them show, as they show the same.
  const auto count = [&](const std::string& from) {
    return headquarters.count("SELECT count(*) FROM " + from);
  };
  const auto shown = [&](const std::string& field) {
    return headquarters.event(event, kUnit)->text(field);
  };
  const auto counted = [&](const std::string& what) {
    return headquarters.count("SELECT coalesce(sum(sums ->> '" + what + "'), 0) FROM tallies");
  };
  step("entries without a grant", [&] { event = a.add_event("first", {{"_campaign", "c"}}); });
  CHECK(count("quarantine WHERE reason = 'no_grant'") == 1);
  CHECK_FALSE(headquarters.event(event, kUnit));
  step("the grants", [&] {
    headquarters.grant(a, kUnit);
    headquarters.grant(b, kUnit);
  });
  CHECK(count("quarantine") == 0);
  CHECK(shown("title") == "first");
  step("a conflict", [&] {
    a.edit_event(event, "title", "by a");
    b.edit_event(event, "title", "by b");
    kept = headquarters.store().vector(kUnit);
  });
  CHECK(count("conflicts") == 1);
  CHECK(shown("title") == "by b");
  CHECK(counted("events") == 0);
  step("a campaign that counts it", [&] {
    headquarters.set_campaign("c", "*", {{"note", "min"}});
    a.edit_event(event, "participants", 7);
  });
  CHECK(counted("events") == 1);
  CHECK(counted("participants") == 7);
  step("a policy for all fields", [&] { headquarters.set_policy(kUnit, "*", "ask"); });
  CHECK(shown("title") == "first");
  step("a policy for the field", [&] { headquarters.set_policy(kUnit, "title", "max"); });
  CHECK(shown("title") == "by b");
  step("a wrong clock", [&] {
    a.clock_off_ms = 3'600'000;
    a.boot = 2;
    a.edit_event(event, "note", "by a");
    b.edit_event(event, "note", "by b");
  });
  CHECK(count("conflicts") == 2);
  CHECK(shown("note") == "by b");  // a's clock is an hour ahead, and was corrected
  step("a revocation", [&] {
    headquarters.revoke(a, kUnit, kept);
    served = {&b};
  });
  CHECK(count("quarantine WHERE reason = 'revoked'") == 4);  // two edits, the number, its clock
  CHECK(count("conflicts") == 0);
  CHECK(counted("participants") == 0);
  step("what came too late", [&] {
    b.edit_event(event, "place", "here");
    headquarters.write(kUnit, event, "event", {{"_void", "twice"}});
  });
  CHECK(counted("events") == 0);
  step("a reinstatement", [&] {
    headquarters.reinstate(a, kUnit);
    served = {&a, &b};
  });
  CHECK(count("quarantine") == 0);
  CHECK(count("conflicts") == 2);
  step("the voiding taken back", [&] {
    headquarters.write(kUnit, event, "event", {{"_void", Value()}});
  });
  CHECK(counted("participants") == 7);
  step("a campaign that counts it no more", [&] { headquarters.set_campaign("c", "none"); });
  CHECK(counted("events") == 0);
}

TEST_CASE("an entry that is erased counts for nothing and is passed on as its digest") {
  CHECK(rc::check([] {
    const auto seed = *rc::gen::arbitrary<uint64_t>();
    History history(seed, *rc::gen::inRange(5, 50));
    TestDevice& headquarters = history.headquarters();
    std::mt19937_64 random(seed);
    std::vector<std::shared_ptr<Keeper>> keepers;
    for (const Kind kind : {Kind::kSqlite, Kind::kMemory}) {
      keepers.push_back(make_keeper(kind, history.clock(), 50, headquarters, kUnit));
      take(*keepers.back(), headquarters.as_peer(), history.batches(random), 7);
    }
    const auto tips = headquarters.store().vector(kUnit);
    const size_t entries = keepers.front()->entries(kUnit);
    std::set<EntryPlace> erased;
    for (int i = *rc::gen::inRange(1, 6); i > 0; --i) {
      const Tip& tip = tips[random() % tips.size()];
      const Sequence number{1 + random() % tip.number.value};
      const Mark mark = keepers.front()->replica().mark_at(kUnit, tip, number);
      const EntryPlace place{tip.stream, number, mark.name};
      const bool first_time = !erased.contains(place);
      std::vector<bool> done;
      for (size_t k = 0; k < 2; ++k) {
        Keeper* keeper = keepers[k].get();
        std::optional<Result<bool>> answer;
        keeper->transact([&] { answer = keeper->erase(kUnit, place); });
        if (*answer) {
          RC_ASSERT(**answer == first_time);
          erased.insert(place);
        } else {  // it lays something down
          RC_ASSERT(answer->refusal().reason == Reason::kNotPermitted);
        }
        done.push_back(static_cast<bool>(*answer));
      }
      RC_ASSERT(done.front() == done.back());
    }
    // Those who are given digests show the same as those who took the bodies away.
    for (const Kind kind : {Kind::kSqlite, Kind::kMemory}) {
      const std::shared_ptr<Keeper> other =
          make_keeper(kind, history.clock(), 51, headquarters, kUnit);
      std::vector<Batch> batches = all_of(keepers.front()->replica(), BookCode(kRootBook));
      size_t digests = 0;
      for (Batch& batch : all_of(keepers.front()->replica(), kUnit)) {
        digests += batch.erased.size();
        batches.push_back(std::move(batch));
      }
      RC_ASSERT(digests >= erased.size());
      take(*other, headquarters.as_peer(), batches, batches.size());
      keepers.push_back(other);
    }
    for (auto& keeper : keepers) {
      keeper->reopen();
      RC_ASSERT(keeper->verified() == "");
      RC_ASSERT(keeper->entries(kUnit) == entries);
      RC_ASSERT(keeper->replica().digest(kUnit) == headquarters.store().digest(kUnit));
      RC_ASSERT(keeper->shown(kUnit) == keepers.front()->shown(kUnit));
      RC_ASSERT(keeper->state_digest(kUnit) == keepers.front()->state_digest(kUnit));
    }
  }));
}

TEST_CASE("an entry without its body is taken from headquarters alone") {
  Holder holder(any_kind());
  const Author author = author_with(5);
  Batch batch = author.all();
  batch.erased[2] = batch.entry_digest(2);
  batch.entries[2].clear();
  const Peer site{author.stream().device, Standing::device("u")};
  const auto refused = holder.keeper->append(site, batch);
  REQUIRE(!refused);
  CHECK(refused.refusal().reason == Reason::kNotPermitted);
  Batch wrong = batch;
  wrong.erased[2].bytes[0] ^= 1;
  CHECK(holder.append(wrong).refusal().reason == Reason::kBadSignature);
  CHECK(holder.keeper->entries("u") == 0);
  REQUIRE(holder.append(batch));
  // Who has them is given nothing anew by those who have the bodies.
  CHECK(*holder.append(author.all()) == author.tip());
  const Batch given = holder.replica().read("u", author.tip(), {0});
  CHECK(given.entries == batch.entries);
  CHECK(given.erased == batch.erased);
  CHECK(holder.keeper->verified() == "");
}
