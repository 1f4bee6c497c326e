#include "sync/ledger/tip_tree.hpp"

#include <algorithm>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"

namespace sitelog {

namespace {

constexpr size_t kDigitBits = 6;
static_assert(TipRange::kParts == size_t{1} << kDigitBits);
static_assert(TipRange::kDigitsMax * kDigitBits <= 64);

size_t digit(const Hash& head, size_t at) {
  const uint64_t begin = boost::endian::load_big_u64(head.bytes.data());
  return (begin >> (64 - kDigitBits * (at + 1))) % TipRange::kParts;
}

void add_tips(Hasher& hasher, const VersionVector& tips) {
  hasher.add_number(tips.size());
  for (const Tip& tip : tips) {
    hasher.add(tip.stream.device.view())
        .add_number(tip.stream.epoch.value)
        .add_number(tip.number.value)
        .add(tip.head.view());
  }
}

Hash digest_of_tips(const VersionVector& tips) {
  Hasher hasher;
  add_tips(hasher.add("sitelog tips 1\n"), tips);
  return hasher.finish();
}

}  // namespace

bool TipRange::contains(const Hash& head) const {
  for (size_t at = 0; at < digits.size(); ++at) {
    if (digit(head, at) != static_cast<size_t>(digits[at])) return false;
  }
  return true;
}

// Holds tips itself, or has parts.
struct TipTree::Node {
  size_t depth = 0;
  size_t size = 0;
  VersionVector tips;  // ascending
  std::vector<std::unique_ptr<Node>> parts;
  mutable std::optional<Hash> known;  // its digest

  explicit Node(size_t depth_of_it) : depth(depth_of_it) {}

  Node& part_of(const Tip& tip) { return *parts[digit(tip.head, depth)]; }

  void add(const Tip& tip) {
    known.reset();
    ++size;
    if (!parts.empty()) return part_of(tip).add(tip);
    tips.insert(std::lower_bound(tips.begin(), tips.end(), tip), tip);
    if (tips.size() <= limits::kTipsListedMax || depth == TipRange::kDigitsMax) return;
    for (size_t i = 0; i < TipRange::kParts; ++i) {
      parts.push_back(std::make_unique<Node>(depth + 1));
    }
    for (const Tip& each : std::exchange(tips, {})) part_of(each).add(each);
  }

  void remove(const Tip& tip) {
    known.reset();
    --size;
    if (parts.empty()) {
      const auto at = std::lower_bound(tips.begin(), tips.end(), tip);
      SITELOG_ASSERT(at != tips.end() && *at == tip);
      tips.erase(at);
      return;
    }
    part_of(tip).remove(tip);
    if (size > limits::kTipsListedMax) return;
    each([&](const Tip& left) { tips.push_back(left); });
    parts.clear();
    std::sort(tips.begin(), tips.end());
  }

  void each(const std::function<void(const Tip&)>& visit) const {
    for (const Tip& tip : tips) visit(tip);
    for (const auto& part : parts) part->each(visit);
  }

  const Hash& digest() const {
    if (known) return *known;
    if (parts.empty()) {
      known = digest_of_tips(tips);
    } else {
      Hasher hasher;
      hasher.add("sitelog parts 1\n");
      for (const auto& part : parts) hasher.add(part->digest().view());
      known = hasher.finish();
    }
    return *known;
  }
};

TipTree::TipTree() : root_(std::make_unique<Node>(0)) {}
TipTree::~TipTree() = default;
TipTree::TipTree(TipTree&&) noexcept = default;
TipTree& TipTree::operator=(TipTree&&) noexcept = default;

void TipTree::add(const Tip& tip) {
  root_->add(tip);
}

void TipTree::remove(const Tip& tip) {
  root_->remove(tip);
}

size_t TipTree::size() const {
  return root_->size;
}

const TipTree::Node& TipTree::reach(const TipRange& range) const {
  const Node* at = root_.get();
  while (at->depth < range.digits.size() && !at->parts.empty()) {
    at = at->parts[static_cast<size_t>(range.digits[at->depth])].get();
  }
  return *at;
}

void TipTree::each(const TipRange& range, const std::function<void(const Tip&)>& visit) const {
  reach(range).each([&](const Tip& tip) {
    if (range.contains(tip.head)) visit(tip);
  });
}

TipsInRange TipTree::in(const TipRange& range) const {
  TipsInRange out{range, {}, {}};
  for (const auto& part : reach(range).parts) out.parts.push_back(part->digest());
  if (out.parts.empty()) each(range, [&](const Tip& tip) { out.tips.push_back(tip); });
  return out;
}

Hash TipTree::digest(const TipRange& range) const {
  const Node& at = reach(range);
  return at.depth == range.digits.size() ? at.digest() : digest_of_tips(in(range).tips);
}

Hash digest_of(const BookCode& book, const TipTree& tree) {
  const TipsInRange all = tree.in({});
  if (all.parts.empty()) {
    Hasher hasher;
    add_tips(hasher.add("sitelog book 1\n").add_sized(book), all.tips);
    return hasher.finish();
  }
  return Hasher().add("sitelog book 2\n").add_sized(book).add(tree.digest({}).view()).finish();
}

Hash digest_of(const BookCode& book, const VersionVector& vector) {
  TipTree tree;
  for (const Tip& tip : vector) tree.add(tip);
  return digest_of(book, tree);
}

}  // namespace sitelog
