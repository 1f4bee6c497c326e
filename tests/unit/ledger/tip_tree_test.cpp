#include "sync/ledger/tip_tree.hpp"

#include <algorithm>
#include <random>

#include "support.hpp"
#include "sync/ledger/limits.hpp"

using namespace sitelog;

namespace {

// Heads that all begin with `zeros` zero bytes: of the same parts, as somebody can make a few.
VersionVector tips(std::mt19937_64& random, size_t count, size_t zeros = 0) {
  VersionVector out;
  for (size_t i = 0; i < count; ++i) {
    Tip tip{{{}, {random() % 5}}, {random() % 9}, {}};
    for (size_t at = zeros; at < Hash::kSize; ++at) {
      tip.head.bytes[at] = static_cast<uint8_t>(random());
    }
    out.push_back(tip);
  }
  std::sort(out.begin(), out.end());
  return out;
}

TipTree tree_of(const VersionVector& tips) {
  TipTree out;
  for (const Tip& tip : tips) out.add(tip);
  return out;
}

// What is in a range, found by its parts.
void collect(const TipTree& tree, const TipRange& range, VersionVector& out) {
  const TipsInRange in = tree.in(range);
  out.insert(out.end(), in.tips.begin(), in.tips.end());
  for (size_t i = 0; i < in.parts.size(); ++i) {
    RC_ASSERT(in.parts[i] == tree.digest(range.part(i)));
    collect(tree, range.part(i), out);
  }
}

}  // namespace

TEST_CASE("a tree of tips is the same whatever was added and removed on the way to it") {
  CHECK(rc::check([] {
    std::mt19937_64 random(*rc::gen::arbitrary<uint64_t>());
    const size_t zeros = random() % 3;
    const VersionVector kept = tips(random, random() % 400, zeros);
    const VersionVector gone = tips(random, random() % 400, zeros);
    std::vector<std::pair<Tip, bool>> steps;
    for (const Tip& tip : kept) steps.emplace_back(tip, true);
    for (const Tip& tip : gone) steps.emplace_back(tip, false);
    std::shuffle(steps.begin(), steps.end(), random);
    TipTree tree;
    for (const auto& [tip, keep] : steps) tree.add(tip);
    std::shuffle(steps.begin(), steps.end(), random);
    for (const auto& [tip, keep] : steps) {
      if (!keep) tree.remove(tip);
    }
    const TipTree direct = tree_of(kept);
    RC_ASSERT(tree.size() == kept.size());
    RC_ASSERT(tree.digest({}) == direct.digest({}));
    RC_ASSERT(digest_of("u", tree) == digest_of("u", kept));
    VersionVector found;
    collect(tree, {}, found);
    std::sort(found.begin(), found.end());
    RC_ASSERT(found == kept);
  }));
}

TEST_CASE("trees differ in the digests of just those ranges in which their tips do") {
  CHECK(rc::check([] {
    std::mt19937_64 random(*rc::gen::arbitrary<uint64_t>());
    VersionVector all = tips(random, 1 + random() % 300, random() % 3);
    const TipTree one = tree_of(all);
    const Tip other = all[random() % all.size()];
    TipTree less = tree_of(all);
    less.remove(other);
    TipRange range;
    for (size_t depth = 0; depth <= TipRange::kDigitsMax; ++depth) {
      RC_ASSERT(one.digest(range) != less.digest(range));
      std::optional<TipRange> with;
      for (size_t i = 0; i < TipRange::kParts && depth < TipRange::kDigitsMax; ++i) {
        const TipRange part = range.part(i);
        const bool concerned = part.contains(other.head);
        if (concerned) with = part;
        RC_ASSERT((one.digest(part) != less.digest(part)) == concerned);
      }
      if (with) range = *with;
    }
  }));
}

TEST_CASE("as many tips as are listed are listed, and one more is said by its parts") {
  std::mt19937_64 random(7);
  const VersionVector many = tips(random, limits::kTipsListedMax + 1);
  TipTree tree = tree_of({many.begin(), many.end() - 1});
  CHECK(tree.in({}).tips.size() == limits::kTipsListedMax);
  CHECK(tree.in({}).parts.empty());
  tree.add(many.back());
  CHECK(tree.in({}).tips.empty());
  CHECK(tree.in({}).parts.size() == TipRange::kParts);
}

TEST_CASE("tips that begin alike to the last digit are listed there, however many they are") {
  std::mt19937_64 random(7);
  const VersionVector alike = tips(random, 3 * limits::kTipsListedMax, 6);
  const TipTree tree = tree_of(alike);
  const TipRange deepest{std::string(TipRange::kDigitsMax, 0)};
  CHECK(tree.in(deepest).tips == alike);
  CHECK(tree.in(deepest).parts.empty());
}
