#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "sync/ledger/limits.hpp"
#include "tests/store/author.hpp"
#include "tests/support/engine.hpp"

using namespace sitelog;

namespace {

struct Holder {
  VirtualClock clock;
  Engine headquarters{clock, 1};
  Engine site{clock, 2, headquarters, "u"};

  Result<Tip> append(const Batch& batch) {
    return site.store().transact(
        [&] { return site.store().append(headquarters.as_peer(), batch); });
  }
  StreamTable& streams() { return site.store().streams(); }
  int64_t book() { return streams().book_id("u"); }
};

Author author_with(uint64_t entries, uint64_t seed = 9) {
  VirtualClock clock;
  std::array<uint8_t, 32> bytes{};
  bytes[0] = static_cast<uint8_t>(seed);
  Author out(SigningKey::from_seed(bytes), "u");
  for (uint64_t i = 0; i < entries; ++i) out.write("entry " + std::to_string(i));
  return out;
}

std::vector<std::string> read_all(Store& store, const Tip& tip) {
  std::vector<std::string> out;
  while (out.size() < tip.number.value) {
    const Batch batch = store.read("u", tip, {out.size()});
    REQUIRE(batch.entries.size() <= limits::kBatchEntriesMax);
    out.insert(out.end(), batch.entries.begin(), batch.entries.end());
  }
  return out;
}

}  // namespace

TEST_CASE("entries are kept and given on as their author wrote them") {
  Holder holder;
  const Author author = author_with(5);
  const auto kept = holder.append(author.all());
  REQUIRE(kept);
  CHECK(*kept == author.tip());
  CHECK(holder.site.store().vector("u") == VersionVector{author.tip()});
  const Batch batch = holder.site.store().read("u", author.tip(), {0});
  CHECK(batch.entries == author.bytes());
  CHECK(batch.key == author.all().key);
  CHECK(batch.signature == author.all().signature);
  holder.site.reopen();
  CHECK(holder.site.store().vector("u") == VersionVector{author.tip()});
}

TEST_CASE("entries that are held already are skipped, and those behind them kept") {
  Holder holder;
  const Author author = author_with(9);
  REQUIRE(holder.append(author.batch(1, 5)));
  CHECK(*holder.append(author.batch(1, 5)) == author.tip(5));
  CHECK(*holder.append(author.batch(2, 3)) == author.tip(3));
  CHECK(*holder.append(author.batch(4, 9)) == author.tip(9));
  CHECK(holder.site.count("SELECT count(*) FROM entries") == 9);
  CHECK(holder.site.count("SELECT entries FROM books WHERE code = 'u'") == 9);
  CHECK(holder.site.verified() == "");
}

TEST_CASE("entries whose predecessors are not here are refused as a gap, and nothing is kept") {
  Holder holder;
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
  CHECK(holder.site.count("SELECT count(*) FROM entries") == 3);
}

TEST_CASE("whatever is changed in a batch, its signature shows it and nothing is kept") {
  Holder holder;
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
  CHECK(holder.site.store().vector("u") == VersionVector{author.tip(2)});
  CHECK(holder.site.verified() == "");
}

TEST_CASE("a stream that was written on two copies of a disk is kept with both ways") {
  Holder holder;
  const Author disk = author_with(10);
  Author clone = disk.forked_at(6);
  clone.write("by the clone");
  clone.write("by the clone again");
  Author third = clone.forked_at(7);
  third.write("by a clone of the clone");
  REQUIRE(holder.append(disk.all()));
  REQUIRE(*holder.append(clone.all()) == clone.tip());
  REQUIRE(*holder.append(third.batch(7, 8)) == third.tip());

  Store& store = holder.site.store();
  VersionVector tips{disk.tip(), clone.tip(), third.tip()};
  std::sort(tips.begin(), tips.end());
  CHECK(store.vector("u") == tips);
  CHECK(holder.streams().rows(holder.book()).size() == 3);
  CHECK(holder.site.count("SELECT count(*) FROM entries") == 13);

  CHECK(store.common("u", disk.tip(), mark_of(clone.tip()))->value == 6);
  CHECK(store.common("u", third.tip(), mark_of(clone.tip()))->value == 7);
  CHECK(store.common("u", third.tip(), mark_of(disk.tip()))->value == 6);
  CHECK(store.common("u", disk.tip(), mark_of(disk.tip(4)))->value == 4);
  CHECK(!store.common("u", disk.tip(), Mark{{4}, clone.name(8)}));

  const auto way = holder.streams().way_to(
      *holder.streams().find(holder.book(), third.stream(), mark_of(third.tip())));
  REQUIRE(way.size() == 3);
  CHECK(way[0].to.value == 6);
  CHECK(way[1].from.value == 6);
  CHECK(way[1].to.value == 7);
  CHECK(way[2].to.value == 8);

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
  CHECK(holder.site.verified() == "");
  holder.site.reopen();
  CHECK(holder.site.store().vector("u") == tips);
}

TEST_CASE("two streams under one key that part from the very first entry are both kept") {
  Holder holder;
  const Author one = author_with(3);
  Author other = one.forked_at(0);
  other.write("quite different");
  REQUIRE(holder.append(one.all()));
  REQUIRE(holder.append(other.all()));
  CHECK(holder.site.store().vector("u").size() == 2);
  CHECK(holder.site.store().common("u", one.tip(), mark_of(other.tip()))->value == 0);
  CHECK(*holder.append(one.all()) == one.tip());
  CHECK(holder.site.count("SELECT count(*) FROM entries") == 4);
  CHECK(holder.site.verified() == "");
}

TEST_CASE("a tree of forks is the same in every order of arrival and can be given on whole") {
  CHECK(rc::check([] {
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
    Holder holder;
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
    Store& store = holder.site.store();
    RC_ASSERT(store.vector("u") == VersionVector(tips.begin(), tips.end()));
    RC_ASSERT(holder.site.count("SELECT count(*) FROM entries") == int64_t(names.size()));
    RC_ASSERT(holder.site.verified() == "");

    Holder other;
    for (const Tip& tip : store.vector("u")) {
      for (uint64_t after = 0; after < tip.number.value;) {
        const Batch batch = store.read("u", tip, {after});
        RC_ASSERT(static_cast<bool>(other.append(batch)));
        after = batch.last().value;
      }
    }
    RC_ASSERT(other.site.book_digest("u") == holder.site.book_digest("u"));
  }));
}

TEST_CASE("signed heads within one span give way to the last, and batches end at signed heads") {
  Holder holder;
  const Author author = author_with(1200);
  holder.site.store().begin();
  for (uint64_t n = 1; n <= 1200; ++n) {
    REQUIRE(holder.site.store().append(holder.headquarters.as_peer(), author.batch(n, n)));
  }
  holder.site.store().commit();
  CHECK(holder.site.count("SELECT count(*) FROM heads") <= 6);
  CHECK(holder.site.verified() == "");
  size_t batches = 0;
  for (uint64_t after = 0; after < 1200; ++batches) {
    const Batch batch = holder.site.store().read("u", author.tip(), {after});
    CHECK(batch.entries.size() <= limits::kSignedSpanEntriesMax);
    CHECK(head_is_signed(batch.key, "u", author.tip(batch.last().value), batch.signature));
    after = batch.last().value;
  }
  CHECK(batches <= 6);
}

TEST_CASE("an own stream leaves in batches within the limits, each signed at its end") {
  Holder holder;
  Store& store = holder.site.store();
  const std::string long_text(40'000, 'x');
  store.begin();
  for (int i = 0; i < 600; ++i) {
    const RecordId id = store.new_record_id(holder.site.now());
    const Value text = i < 30 ? Value(long_text) : Value("short");
    REQUIRE(
        store.write("u", compose(nullptr, id, "event", {{"title", text}}), holder.site.now(), ""));
  }
  store.commit();
  const Tip tip = store.vector("u").at(0);
  store.begin();
  uint64_t after = 0;
  while (after < 600) {
    const Batch batch = store.read("u", tip, {after});
    size_t bytes = 0;
    for (const auto& entry : batch.entries) bytes += entry.size();
    CHECK(bytes <= limits::kSignedSpanBytesMax);
    CHECK(batch.entries.size() <= limits::kSignedSpanEntriesMax);
    after = batch.last().value;
  }
  store.commit();
  CHECK(holder.site.verified() == "");
}

TEST_CASE("a device whose own stream was carried on elsewhere writes in a new epoch from then on") {
  Holder holder;
  holder.site.add_event("one");
  const StreamKey before = holder.site.store().vector("u").at(0).stream;
  Store& store = holder.site.store();
  store.begin();
  const Batch own = store.read("u", store.vector("u").at(0), {0});
  store.commit();
  Author elsewhere = Author::of(holder.site.key(), {own});
  elsewhere.write("by the other copy");
  REQUIRE(holder.append(elsewhere.all()));
  holder.site.add_event("two");
  const VersionVector tips = store.vector("u");
  REQUIRE(tips.size() == 2);
  const bool first_is_old = tips[0].stream == before;
  CHECK(tips[first_is_old ? 0 : 1] == elsewhere.tip());
  CHECK(tips[first_is_old ? 1 : 0].stream.epoch != before.epoch);
  // What is held already is no news.
  REQUIRE(holder.append(elsewhere.all()));
  holder.site.add_event("three");
  CHECK(store.vector("u").size() == 2);
}

TEST_CASE("nothing assigned is nothing written, and what is past a limit is refused whole") {
  VirtualClock clock;
  Engine engine(clock, 1);
  Store& store = engine.store();
  RecordId id;
  id.bytes[0] = 1;
  engine.write("u", id, "event", {{"title", "one"}});
  const auto digest = store.digest("u");
  const auto nothing = store.transact([&] {
    const auto state = store.state("u", id, "event");
    return store.write("u", compose(&*state, id, "event", {{"title", "one"}}), engine.now(), "");
  });
  REQUIRE(nothing);
  CHECK(!nothing->has_value());
  const auto refused = store.transact([&] {
    return store.write("u", compose(nullptr, id, "event", {{"title", std::string(70'000, 'x')}}),
                       engine.now(), "");
  });
  REQUIRE(!refused);
  CHECK(refused.refusal().reason == Reason::kTooLarge);
  CHECK(store.digest("u") == digest);
  CHECK(engine.verified() == "");
}
