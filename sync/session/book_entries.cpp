#include "sync/session/book_entries.hpp"

#include <algorithm>

#include "sync/ledger/limits.hpp"
#include "sync/session/greeting.hpp"

namespace sitelog {

namespace {

bool too_large(const Batch& batch) {
  size_t bytes = 0;
  for (const auto& entry : batch.entries) bytes += entry.size();
  return batch.entries.size() > limits::kBatchEntriesMax || bytes > limits::kBatchBytesMax;
}

// However many streams a peer names, only so many are remembered.
// Says whether this is one more.
bool note(std::map<StreamKey, Refusal>& refusals, const StreamKey& stream, Refusal refusal) {
  if (refusals.size() >= limits::kRefusalsKeptMax && !refusals.contains(stream)) return false;
  return refusals.insert_or_assign(stream, std::move(refusal)).second;
}

}  // namespace

BookEntries::BookEntries(BookCode book, Replica& replica, const Peer& peer, Outbox& outbox,
                         SessionCounts& counts)
    : book_(std::move(book)),
      replica_(replica),
      peer_(peer),
      outbox_(outbox),
      counts_(counts),
      exchange_(book_, replica_, outbox_) {}

void BookEntries::hide() {
  hidden_ = true;
  exchange_.hide(true);
}

void BookEntries::show() {
  hidden_ = false;
  exchange_.hide(false);
  say_vector();
}

bool BookEntries::has_taken_all() {
  look();
  return vector_known_ && promised_.empty();
}

void BookEntries::answered() {
  if (++answers_ <= most_answers_) return;
  most_answers_ = answers_;
  ++counts_.answers;
}

void BookEntries::begin_anew() {
  vector_known_ = false;
  heard_.clear();
  promises_ = 0;
  held_.clear();
  unknown_.clear();
  flying_.clear();
  locating_.clear();
  blocked_.clear();
  promised_.clear();
}

Result<> BookEntries::learn(const VectorMessage& said, Instant wall) {
  const bool waited_for = exchange_.waits_for(said.range);
  if (said.range.is_whole()) {
    begin_anew();
    if (!waited_for) answers_ = 0;
  }
  if (waited_for) answered();
  const auto taken = exchange_.take(said, [&](const Tip& tip) {
    if (note_held(tip.stream, mark_of(tip))) return heard_.push_back(tip);
    if (promises_ == kPromisesMax) return;
    ++promises_;
    promised_[tip.stream].insert(mark_of(tip));
    Sequence& furthest = unknown_[tip.stream].furthest;
    furthest = std::max(furthest, tip.number);
  });
  if (taken && !vector_known_ && exchange_.complete()) {
    conclude(wall);
  } else if (taken && said.range.is_whole()) {
    // Until it has told the rest, no more is taken for held than the parts that are equal.
    replica_.peer_holds(peer_, book_, heard_, wall);
  }
  return taken;
}

void BookEntries::conclude(Instant wall) {
  vector_known_ = true;
  // What was promised when the peer began to speak may have come before it ended.
  for (auto at = promised_.begin(); at != promised_.end();) {
    at = still_promised(at->first, at->second) ? std::next(at) : promised_.erase(at);
  }
  held_.settle();
  replica_.peer_holds(peer_, book_, std::exchange(heard_, {}), wall);
  looked_at_ = replica_.count(book_);
  open_.clear();
  worked_out_ = false;
  replica_.tip_tree(book_).each({}, [&](const Tip& tip) {
    const Sequence held = held_.on_the_way(replica_, book_, tip);
    if (held < tip.number) open_.try_emplace(tip.stream);
    const auto unknown = unknown_.find(tip.stream);
    if (unknown != unknown_.end() && held.value > 0) unknown->second.parts_known = true;
  });
}

// Whoever brought the others. False where nothing is.
bool BookEntries::still_promised(const StreamKey& stream, std::set<Mark>& marks) {
  std::erase_if(marks, [&](const Mark& mark) { return note_held(stream, mark); });
  return !marks.empty();
}

// Takes note of what was added here since: it may be to be sent, or what the peer promised.
void BookEntries::look() {
  const uint64_t count = replica_.count(book_);
  if (!vector_known_ || count == looked_at_) return;
  for (const StreamKey& stream : replica_.grown(book_, looked_at_)) {
    open_.insert_or_assign(stream, std::nullopt);
    const auto promised = promised_.find(stream);
    if (promised != promised_.end() && !still_promised(stream, promised->second)) {
      promised_.erase(promised);
    }
  }
  looked_at_ = count;
  worked_out_ = false;
}

void BookEntries::agree(const Hash& digest) {
  words_ = {digest};
  own_word_ = digest;
}

void BookEntries::take(const Batch& batch, const ClockReading& now) {
  worked_out_ = false;
  const uint64_t held = replica_.count(book_);
  auto kept = replica_.append(peer_, batch, now);
  if (kept) {
    counts_.entries_received += batch.entries.size();
    const bool grown = replica_.count(book_) > held;
    if (grown) ++counts_.answers;
    refused_.erase(batch.stream);
    if (grown && batch.stream.device == replica_.authority()) offer_again();
    note_held(batch.stream, mark_of(*kept));
    to_acknowledge_.push_back(*kept);
    return;
  }
  Refusal why = kept.refusal();
  if (why.reason == Reason::kNoRoom) {
    no_room_ = std::move(why);
    return;
  }
  if (why.reason == Reason::kGap) {
    // What is missing was refused: a vector would only have it sent again, and again.
    const auto before = refused_.find(batch.stream);
    if (before == refused_.end()) return say_vector();
    why = before->second;
  }
  if (note(refused_, batch.stream, why) && refusals_++ < limits::kRefusalsKeptMax) {
    ++counts_.answers;
  }
  promised_.erase(batch.stream);
  // It does not bring its way any more: where that parts from the one here is asked instead.
  if (const auto at = unknown_.find(batch.stream); at != unknown_.end()) at->second.furthest = {};
  outbox_.push_back(Refuse{std::move(why), book_, Tip{batch.stream, batch.last(), {}}});
}

// Headquarters' new entries may grant what it refused for want of a grant.
void BookEntries::offer_again() {
  std::erase_if(blocked_, [&](const auto& item) {
    if (item.second.reason != Reason::kUnknownDevice) return false;
    held_.forget(replica_, book_, item.first);
    unknown_.erase(item.first);
    open_.insert_or_assign(item.first, std::nullopt);
    return true;
  });
}

void BookEntries::take(const Refuse& refuse) {
  worked_out_ = false;
  // Only what was sent can be refused: a peer must not make this side remember more and more.
  if (!flying_.contains(refuse.tip.stream)) return;
  if (note(blocked_, refuse.tip.stream, refuse.refusal)) answered();
  flying_.erase(refuse.tip.stream);
}

Result<> BookEntries::take(const Receipt& receipt) {
  const Replica::Word word = replica_.take_receipt(peer_, receipt);
  if (word == Replica::Word::kNobodys) {
    return Refusal{Reason::kBadSignature,
                   N_("headquarters' receipt for the book of unit {} is not signed by it: what was "
                      "sent doesn't count as held"),
                   {receipt.book}};
  }
  // Passed on: that headquarters holds these says nothing of the peer.
  if (word == Replica::Word::kAuthoritys && !peer_.standing.is_authority()) return Done{};
  for (const Tip& tip : receipt.tips) {
    auto& flying = flying_[tip.stream];
    const size_t acknowledged = std::erase(flying, mark_of(tip));
    if (acknowledged > 0) answered();
    counts_.batches_acknowledged += acknowledged;
    if (flying.empty()) flying_.erase(tip.stream);
  }
  return Done{};
}

void BookEntries::take(const Locate& locate) {
  Located answer{book_, locate.tip, {}};
  for (const Mark& sample : locate.samples) {
    if (sample.number > answer.mark.number && replica_.holds(book_, locate.tip.stream, sample)) {
      answer.mark = sample;
    }
  }
  outbox_.push_back(answer);
}

Result<> BookEntries::take(const Located& located) {
  if (locating_.erase(located.tip) == 0) return Done{};
  answered();
  worked_out_ = false;
  // It names one of the samples, all of which are held here. Anything else would have to be asked
  // about again and again.
  if (located.mark.number.value > 0 && !replica_.holds(book_, located.tip.stream, located.mark)) {
    return malformed_message("no sample was like that");
  }
  // The beginning is on the way to everything.
  if (located.mark.number.value == 0) unknown_[located.tip.stream].parts_known = true;
  note_held(located.tip.stream, located.mark);
  return Done{};
}

void BookEntries::take_word(const Hash& digest) {
  // Words may overtake each other. What a peer held once it holds still.
  if (words_.empty()) answered();
  if (words_.size() == kWords) words_.erase(words_.begin());
  words_.push_back(digest);
}

size_t BookEntries::in_flight() const {
  size_t out = 0;
  for (const auto& [stream, marks] : flying_) out += marks.size();
  return out;
}

bool BookEntries::note_held(const StreamKey& stream, const Mark& mark) {
  if (!held_.note(replica_, book_, stream, mark)) return false;
  const auto unknown = unknown_.find(stream);
  if (unknown != unknown_.end() && mark.number.value > 0) unknown->second.parts_known = true;
  return true;
}

std::optional<Sequence> BookEntries::peer_holds(const Tip& tip) const {
  const Sequence held = held_.on_the_way(replica_, book_, tip);
  if (held.value > 0) return held;
  const auto unknown = unknown_.find(tip.stream);
  const bool known = unknown == unknown_.end() || unknown->second.parts_known;
  return known ? std::optional(Sequence{}) : std::nullopt;
}

std::optional<Sequence> BookEntries::send_after(const Tip& tip) {
  if (blocked_.contains(tip.stream)) return std::nullopt;
  const auto held = peer_holds(tip);
  if (held) return *held < tip.number ? held : std::nullopt;
  // All that the peer holds of this stream is unknown here. Where it is ahead it will bring that,
  // and then the common part is known; else one of both has to ask.
  const bool peer_is_ahead = unknown_.at(tip.stream).furthest > tip.number;
  if (!peer_is_ahead && locating_.size() < kLocatingMax && locating_.insert(tip).second) {
    outbox_.push_back(Locate{book_, tip, replica_.samples(book_, tip)});
  }
  return std::nullopt;
}

// False where the stream can't go on.
bool BookEntries::send_next(const Tip& tip, Sequence after) {
  Batch batch = replica_.read(book_, tip, after);
  if (too_large(batch)) {
    blocked_.insert_or_assign(
        tip.stream, Refusal{Reason::kTooLarge,
                            N_("entries {} to {} of stream {} don't fit a message"),
                            {std::to_string(batch.first.value), std::to_string(batch.last().value),
                             to_text(book_, batch.stream)}});
    return false;
  }
  counts_.entries_sent += batch.entries.size();
  const Mark end = replica_.mark_at(book_, tip, batch.last());
  note_held(tip.stream, end);
  flying_[tip.stream].push_back(end);
  outbox_.push_back(std::move(batch));
  return true;
}

void BookEntries::send_missing(size_t window) {
  look();
  if (!vector_known_ || worked_out_ || hidden_) return;
  const DeviceId authority = replica_.authority();
  std::vector<StreamKey> streams;
  for (const auto& [stream, tips] : open_) streams.push_back(stream);
  // Headquarters' grants first, so that what follows is known to be allowed.
  std::stable_partition(streams.begin(), streams.end(),
                        [&](const StreamKey& stream) { return stream.device == authority; });
  bool grants_open = false;
  for (const StreamKey& stream : streams) {
    const bool grants = stream.device == authority;
    // A fork of headquarters' stream is cleared up before anything that rests on its grants.
    if ((grants_open && !grants) || in_flight() >= window) return;
    if (send_stream(stream, window)) {
      open_.erase(stream);
    } else {
      grants_open = grants_open || (grants && !blocked_.contains(stream));
    }
  }
  worked_out_ = in_flight() < window;
}

// A stream's tips, each behind those of the rows that its way runs through: where a way parts
// inside of what one signature covers, it fits a batch once the peer holds what it parts from.
VersionVector BookEntries::in_order(const StreamKey& stream) const {
  VersionVector out = replica_.tips(book_, stream);
  if (out.size() < 2) return out;
  std::vector<std::pair<Sequence, Tip>> by_parting;  // a row begins after all those before it
  for (const Tip& tip : out) {
    Sequence begins;
    replica_.climb(book_, stream, mark_of(tip), [&](const Replica::Segment& segment) {
      begins = segment.from;
      return false;
    });
    by_parting.emplace_back(begins, tip);
  }
  std::sort(by_parting.begin(), by_parting.end());
  for (size_t i = 0; i < out.size(); ++i) out[i] = by_parting[i].second;
  return out;
}

// Whether the peer holds all of it then, what is on the way to it counted in.
bool BookEntries::send_stream(const StreamKey& stream, size_t window) {
  std::optional<VersionVector>& tips = open_[stream];
  if (!tips) tips = in_order(stream);
  std::erase_if(*tips, [&](const Tip& tip) {
    if (in_flight() >= window) return false;
    while (in_flight() < window) {
      const auto after = send_after(tip);
      if (!after || !send_next(tip, *after)) break;
    }
    return peer_has(tip);
  });
  return tips->empty();
}

void BookEntries::pass_on_receipts() {
  if (!idle() || hidden_) return;  // the peer could not place what it does not hold yet
  std::set<Signature> passed_on;
  for (Receipt& receipt : replica_.receipts(book_, peer_.device)) {
    passed_on.insert(receipt.signature);
    if (!passed_on_.contains(receipt.signature)) outbox_.push_back(std::move(receipt));
  }
  passed_on_ = std::move(passed_on);
}

bool BookEntries::idle() const {
  if (!vector_known_ || !flying_.empty() || !promised_.empty()) return false;
  if (looked_at_ != replica_.count(book_)) return false;
  return std::all_of(open_.begin(), open_.end(), [&](const auto& item) {
    // How the peer's way of a stream goes on that was refused here stays unknown.
    return blocked_.contains(item.first) || refused_.contains(item.first);
  });
}

void BookEntries::acknowledge(Instant wall) {
  if (to_acknowledge_.empty()) return;
  outbox_.push_back(replica_.receipt(book_, std::exchange(to_acknowledge_, {}), wall));
}

std::optional<Hash> BookEntries::word() {
  if (!idle() || hidden_) return std::nullopt;
  const Hash digest = replica_.digest(book_);
  if (own_word_ == digest) return std::nullopt;
  own_word_ = digest;
  return digest;
}

bool BookEntries::at_rest() const {
  return !words_.empty() && idle();
}

bool BookEntries::caught_up() const {
  return std::find(words_.begin(), words_.end(), replica_.digest(book_)) != words_.end();
}

void BookEntries::add_refused(std::vector<Refusal>& to) const {
  for (const auto& [stream, refusal] : refused_) to.push_back(refusal);
  for (const auto& [stream, refusal] : blocked_) to.push_back(refusal);
}

}  // namespace sitelog
