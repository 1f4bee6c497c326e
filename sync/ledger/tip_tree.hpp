#pragma once

#include <array>
#include <compare>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/stream.hpp"

namespace sitelog {

// Some of a version vector: the tips whose chain hash begins with these digits.
struct TipRange {
  static constexpr size_t kParts = 64;  // of a range; one digit, six bits of the hash
  // Where no more than a handful of hashes can be brought together by trying: none longer is asked.
  static constexpr size_t kDigitsMax = 8;

  std::string digits;  // each 0…63; none: the whole vector

  auto operator<=>(const TipRange&) const = default;
  bool is_whole() const { return digits.empty(); }
  bool contains(const Hash& head) const;
  TipRange part(size_t digit) const { return {digits + static_cast<char>(digit)}; }
};

// What a vector has in a range: its tips there, ascending, where these are few; else the digest of
// each of the range's parts.
struct TipsInRange {
  TipRange range;
  VersionVector tips;
  std::vector<Hash> parts;
};

// A version vector as a tree over the chain hashes of its tips, so that two replicas which hold
// thousands find out where they differ without saying all of them: range-based set reconciliation
// (A. Meyer, 2023), with a tree of hashes (Merkle) in the place of sums, which somebody who chooses
// many tips could have cancel each other. The same tips make the same tree, whatever came when.
class TipTree {
 public:
  TipTree();
  ~TipTree();
  TipTree(TipTree&&) noexcept;
  TipTree& operator=(TipTree&&) noexcept;

  // One that is not there yet, or is there.
  void add(const Tip& tip);
  void remove(const Tip& tip);

  size_t size() const;
  TipsInRange in(const TipRange& range) const;
  // Equal exactly where the tips of the range are.
  Hash digest(const TipRange& range) const;
  void each(const TipRange& range, const std::function<void(const Tip&)>& visit) const;

 private:
  struct Node;
  // The last node on the way to a range. What it holds may be more than the range, where that is
  // no node of its own.
  const Node& reach(const TipRange& range) const;

  std::unique_ptr<Node> root_;
};

// Digest of a book's content: equal exactly when the vectors are.
Hash digest_of(const BookCode& book, const TipTree& tree);
Hash digest_of(const BookCode& book, const VersionVector& vector);

}  // namespace sitelog
