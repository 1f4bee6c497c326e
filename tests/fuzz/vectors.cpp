// Two version vectors as trees, and what their ends say of them until each knows what the other
// holds. Hashes are chosen so that many lie close together, as an enemy would have them.
#include <algorithm>
#include <deque>
#include <set>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/session/vector_exchange.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/material.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/memory_replica.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

const BookCode kBook = "u1";
constexpr size_t kRunsMax = 4;
constexpr size_t kActsMax = 64;

class TreeReplica final : public MemoryReplica {
 public:
  TreeReplica() : MemoryReplica(key_of(3), key_of(4).public_key(), {kBook}) {}
  const TipTree& tip_tree(const BookCode&) const override { return tree; }

  void add(const Tip& tip) {
    if (held.insert(tip).second) tree.add(tip);
  }
  void remove(const Tip& tip) {
    if (held.erase(tip) > 0) tree.remove(tip);
  }

  TipTree tree;
  std::set<Tip> held;
};

// A run of tips whose hashes share their first bytes; each of them goes to one end, the other, both
// or is taken away again.
void fill(Choices& choices, TreeReplica& here, TreeReplica& there) {
  const std::string prefix = choices.sized().substr(0, 7);
  const size_t count = choices.one_of(128);
  const uint8_t salt = choices.byte();
  const size_t only_one = 1 + choices.one_of(32);
  for (size_t i = 0; i < count; ++i) {
    Tip tip{{key_of(5).device(), {i % 3 + 1}}, {i % 7 + 1}, {}};
    tip.head = sha256(as_bytes(std::string(1, static_cast<char>(salt)) + std::to_string(i)));
    std::copy(prefix.begin(), prefix.end(), tip.head.bytes.begin());
    const size_t where = i % (2 * only_one);
    if (where != only_one) here.add(tip);
    if (where != 0) there.add(tip);
    if (i % 11 == 10) here.remove(tip);
  }
}

TipRange any_range(Choices& choices) {
  TipRange out;
  for (size_t n = choices.one_of(TipRange::kDigitsMax + 1); n > 0; --n) {
    out = out.part(choices.one_of(TipRange::kParts));
  }
  return out;
}

VersionVector held_in(const TreeReplica& of, const TipRange& range) {
  VersionVector out;
  for (const Tip& tip : of.held) {
    if (range.contains(tip.head)) out.push_back(tip);
  }
  return out;
}

// A tree says of a range what is in it, and the same tips make the same tree.
void check_tree(const TreeReplica& of, const TipRange& range) {
  const VersionVector within = held_in(of, range);
  const TipsInRange said = of.tree.in(range);
  MUST(of.tree.size() == of.held.size());
  VersionVector heard;
  of.tree.each(range, [&](const Tip& tip) { heard.push_back(tip); });
  std::sort(heard.begin(), heard.end());
  MUST(heard == within);
  if (said.parts.empty()) {
    MUST(said.tips == within);
  } else {
    MUST(said.tips.empty() && said.parts.size() == TipRange::kParts);
    MUST(within.size() > limits::kTipsListedMax || range.digits.size() >= TipRange::kDigitsMax);
    for (size_t i = 0; i < said.parts.size(); ++i) {
      MUST(said.parts[i] == of.tree.digest(range.part(i)));
    }
  }
  TipTree again;
  for (auto tip = of.held.rbegin(); tip != of.held.rend(); ++tip) again.add(*tip);
  MUST(again.digest(range) == of.tree.digest(range));
  MUST(digest_of(kBook, again) == digest_of(kBook, of.tree));
}

struct End {
  TreeReplica replica;
  std::vector<Message> outbox;
  VectorExchange exchange{kBook, replica, outbox};
  std::set<Tip> heard;
  std::deque<VectorMessage> arriving;
  bool failed = false;
};

void carry(End& from, End& to) {
  for (const Message& message : std::exchange(from.outbox, {})) {
    const std::string bytes = encode(message);
    MUST(bytes.size() <= limits::kMessageBytesMax);
    const auto read = decode_message(as_bytes(bytes));
    MUST(read && encode(*read) == bytes);
    to.arriving.push_back(std::get<VectorMessage>(*read));
  }
}

void receive(End& end, End& other, const VectorMessage& said) {
  if (end.failed) return;
  if (said.range.is_whole()) end.heard.clear();
  const auto taken = end.exchange.take(said, [&](const Tip& tip) { end.heard.insert(tip); });
  if (!taken) {
    check_refusal(taken.refusal(), 64);
    end.failed = true;
  }
  MUST(end.outbox.size() <= TipRange::kParts + 1);
  carry(end, other);
}

VectorMessage forged(Choices& choices, const End& from) {
  VectorMessage out{kBook, {}, any_range(choices), {}};
  const VersionVector within = held_in(from.replica, out.range);
  if (choices.flag()) {
    for (size_t n = choices.one_of(4); n > 0 && !within.empty(); --n) {
      out.tips.push_back(within[choices.one_of(within.size())]);
    }
  } else {
    out.parts.resize(TipRange::kParts);
    for (Hash& part : out.parts) part.bytes[0] = choices.byte();
  }
  return out;
}

// Both begin. On a link what they say arrives in order; else in any, some of it twice, and beside
// it what neither said.
void talk(Choices& choices, End (&ends)[2], bool honest) {
  for (End& end : ends) {
    end.heard.clear();
    end.arriving.clear();
    end.exchange.say();
  }
  carry(ends[0], ends[1]);
  carry(ends[1], ends[0]);
  for (size_t acts = 0; !ends[0].arriving.empty() || !ends[1].arriving.empty(); ++acts) {
    MUST(acts < 2 * limits::kRangesMax);
    const size_t wanted = choices.one_of(2);
    const size_t to = ends[wanted].arriving.empty() ? 1 - wanted : wanted;
    End& end = ends[to];
    const size_t at = honest ? 0 : std::min<size_t>(choices.one_of(4), end.arriving.size() - 1);
    const VectorMessage said = end.arriving[at];
    end.arriving.erase(end.arriving.begin() + static_cast<std::ptrdiff_t>(at));
    receive(end, ends[1 - to], said);
    if (honest || acts > kActsMax) continue;
    if (choices.one_of(4) == 1) receive(end, ends[1 - to], said);
    if (choices.one_of(4) == 1) receive(end, ends[1 - to], forged(choices, ends[1 - to]));
  }
}

}  // namespace

FUZZ_TARGET(vectors) {
  Choices choices(input);
  End ends[2];
  for (size_t runs = choices.one_of(kRunsMax); runs > 0; --runs) {
    fill(choices, ends[0].replica, ends[1].replica);
  }
  for (const End& end : ends) check_tree(end.replica, {});
  for (size_t n = choices.one_of(4); n > 0; --n)
    check_tree(ends[n % 2].replica, any_range(choices));
  const bool honest = choices.flag();
  talk(choices, ends, honest);
  if (!honest) return;
  for (size_t i = 0; i < 2; ++i) {
    MUST(!ends[i].failed && ends[i].exchange.complete());
    MUST(ends[i].heard == ends[1 - i].replica.held);
  }
}
