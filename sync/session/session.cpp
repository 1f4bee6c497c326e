#include "sync/session/session.hpp"

#include <algorithm>
#include <set>

#include "sync/ledger/limits.hpp"

namespace sitelog {

namespace {

bool too_large(const Batch& batch) {
  size_t bytes = 0;
  for (const auto& entry : batch.entries) bytes += entry.size();
  return batch.entries.size() > limits::kBatchEntriesMax || bytes > limits::kBatchBytesMax;
}

// As much of a vector as a message holds. Streams left out are sent by the peer once more, which is
// harmless.
VersionVector to_say(VersionVector tips) {
  if (tips.size() > limits::kTipsMax) tips.resize(limits::kTipsMax);
  return tips;
}

// However many streams a peer names, only so many are remembered.
void note(std::map<StreamKey, Refusal>& refusals, const StreamKey& stream, Refusal refusal) {
  if (refusals.size() < limits::kRefusalsKeptMax || refusals.contains(stream)) {
    refusals.insert_or_assign(stream, std::move(refusal));
  }
}

}  // namespace

Session::Session(Start start, Replica& replica, DeviceId own, Peer peer, std::string software)
    : start_(start),
      replica_(replica),
      own_(own),
      peer_(std::move(peer)),
      software_(std::move(software)) {}

void Session::send(Message message) {
  outbox_.push_back(std::move(message));
}

void Session::fail(Refusal refusal) {
  if (ended_) return;
  send(Refuse{refusal, {}, {}});
  failure_ = std::move(refusal);
  ended_ = true;
}

void Session::fail_malformed(const char* what) {
  fail({Reason::kMalformed, N_("a message is malformed: {}"), {what}});
}

void Session::finish(const std::string& reason) {
  if (ended_) return;
  send(Goodbye{reason});
  ended_ = true;
}

std::vector<Message> Session::take_outbox() {
  if (!outbox_.empty()) awaiting_ = true;
  return std::exchange(outbox_, {});
}

std::vector<BookCode> Session::books() const {
  std::vector<BookCode> out;
  for (const auto& [code, sync] : books_) out.push_back(code);
  return out;
}

std::vector<Refusal> Session::refused() const {
  std::vector<Refusal> out;
  if (agreement_refused_) out.push_back(*agreement_refused_);
  for (const auto& [code, sync] : books_) {
    for (const auto& [stream, refusal] : sync.blocked) out.push_back(refusal);
    for (const auto& [stream, refusal] : sync.refused) out.push_back(refusal);
  }
  return out;
}

Session::BookSync* Session::book(const BookCode& code) {
  const auto at = books_.find(code);
  return at != books_.end() ? &at->second : nullptr;
}

void Session::start(const ClockReading& now) {
  SITELOG_ASSERT(start_ == Start::kOpens);
  last_heard_ms_ = now.monotonic_ms;
  hello_sent_ = now;
  Hello hello;
  hello.device = own_;
  hello.software = software_;
  auto scope = replica_.scope(peer_);
  if (!scope) {
    failure_ = scope.refusal();
    ended_ = true;
    return;
  }
  for (const BookCode& code : *scope) {
    const BookSaid& said = said_in_hello_[code] = {replica_.digest(code), replica_.vector(code)};
    hello.books.push_back({code, said.digest});
  }
  hello.agreement_key = replica_.agreement_claim();
  send(std::move(hello));
}

void Session::receive(const Message& message, const ClockReading& now) {
  if (ended_) return;
  if (established_) last_heard_ms_ = now.monotonic_ms;  // until then the time is limited
  if (std::exchange(awaiting_, false)) ++counts_.exchanges;
  if (const auto* hello = std::get_if<Hello>(&message)) return on(*hello, now);
  if (const auto* welcome = std::get_if<Welcome>(&message)) return on(*welcome, now);
  if (const auto* refuse = std::get_if<Refuse>(&message)) return on(*refuse);
  if (std::holds_alternative<Goodbye>(message)) {
    ended_ = true;
    return;
  }
  if (!established_) {
    return fail_malformed("out of order");
  }
  if (const auto* vector = std::get_if<VectorMessage>(&message)) return on(*vector, now);
  if (const auto* ping = std::get_if<Ping>(&message)) return send(Pong{ping->nonce});
  if (std::holds_alternative<Pong>(message)) return;
  std::visit(
      [this](const auto& body) {
        if constexpr (requires { this->on(body); }) {
          on(body);
        } else {
          fail_malformed("out of order");
        }
      },
      message);
}

void Session::on(const Hello& hello, const ClockReading& now) {
  if (start_ != Start::kAnswers || established_) {
    return fail_malformed("out of order");
  }
  if (hello.device != peer_.device) {
    return fail({Reason::kUnknownDevice,
                 N_("the device named is not the one whose certificate was shown"),
                 {}});
  }
  if (hello.version_max < kProtocolVersionMin || hello.version_min > kProtocolVersionMax) {
    return fail({Reason::kVersion,
                 N_("this device speaks protocol versions {} to {}, headquarters {} to {}: install "
                    "the Sitelog that headquarters hands out; recording goes on meanwhile"),
                 {std::to_string(hello.version_min), std::to_string(hello.version_max),
                  std::to_string(kProtocolVersionMin), std::to_string(kProtocolVersionMax)}});
  }
  auto scope = replica_.scope(peer_);
  if (!scope) return fail(scope.refusal());
  replica_.contact(peer_, now, now.wall);
  if (hello.agreement_key) {
    const auto kept = replica_.keep_agreement_key(peer_, *hello.agreement_key, now);
    if (!kept) agreement_refused_ = kept.refusal();
  }
  established_ = true;
  Welcome welcome;
  welcome.version = std::min(hello.version_max, kProtocolVersionMax);
  welcome.device = own_;
  welcome.wall = now.wall;
  welcome.software = software_;
  for (const BookCode& code : *scope) {
    BookSync& sync = books_[code];
    BookOffer offer{code, replica_.digest(code), true, {}};
    const auto theirs = std::find_if(hello.books.begin(), hello.books.end(),
                                     [&](const BookDigest& item) { return item.book == code; });
    offer.differs = theirs == hello.books.end() || theirs->digest != offer.digest;
    const VersionVector own = replica_.vector(code);
    if (offer.differs) {
      offer.tips = to_say(own);
    } else {
      learn_vector(code, sync, own, now.wall);
      sync.caught_up = {offer.digest};
      sync.own_caught_up = offer.digest;
    }
    welcome.books.push_back(std::move(offer));
  }
  send(std::move(welcome));
}

void Session::on(const Welcome& welcome, const ClockReading& now) {
  if (start_ != Start::kOpens || established_ || !hello_sent_) {
    return fail_malformed("out of order");
  }
  if (welcome.device != peer_.device) {
    return fail(
        {Reason::kNotHeadquarters, N_("the other end is not this device's headquarters"), {}});
  }
  if (welcome.version < kProtocolVersionMin || welcome.version > kProtocolVersionMax) {
    return fail({Reason::kVersion,
                 N_("headquarters chose protocol version {}, which is unknown here"),
                 {std::to_string(welcome.version)}});
  }
  std::set<BookCode> offered;
  for (const BookOffer& offer : welcome.books) {
    const auto said = said_in_hello_.find(offer.book);
    if (said == said_in_hello_.end()) {
      return fail({Reason::kWrongUnit,
                   N_("headquarters offers the book of unit {}, which this device may not hold"),
                   {offer.book}});
    }
    if (!offer.differs && said->second.digest != offer.digest) {
      return fail_malformed("a book said to be equal is not");
    }
    offered.insert(offer.book);
  }
  for (const auto& [code, said] : said_in_hello_) {
    // A book that is not synced must not count as caught up.
    if (!offered.contains(code)) {
      return fail(
          {Reason::kWrongUnit, N_("this device has no right to the book of unit {}"), {code}});
    }
  }
  established_ = true;
  for (const BookOffer& offer : welcome.books) {
    BookSync& sync = books_[offer.book];
    if (offer.differs) {
      learn_vector(offer.book, sync, offer.tips, welcome.wall);
      send(VectorMessage{offer.book, to_say(replica_.vector(offer.book))});
    } else {
      // Equal to what Hello said; what was written here since is still to be sent.
      learn_vector(offer.book, sync, said_in_hello_[offer.book].tips, welcome.wall);
      sync.caught_up = {offer.digest};
      sync.own_caught_up = offer.digest;
    }
  }
  said_in_hello_.clear();
  const int64_t round_trip_ms = std::max<int64_t>(0, now.monotonic_ms - hello_sent_->monotonic_ms);
  Instant true_wall;
  if (__builtin_add_overflow(welcome.wall.ms, round_trip_ms / 2, &true_wall.ms)) {
    true_wall = welcome.wall;
  }
  replica_.contact(peer_, now, true_wall);
}

void Session::on(const Refuse& refuse) {
  if (refuse.book.empty()) {
    failure_ = refuse.refusal;
    ended_ = true;
    return;
  }
  // Only what was sent can be refused: a peer must not make this side remember more and more.
  BookSync* sync = book(refuse.book);
  if (sync != nullptr && sync->has.contains(refuse.tip.stream)) {
    note(sync->blocked, refuse.tip.stream, refuse.refusal);
    sync->flying.erase(refuse.tip.stream);
  }
}

// The peer's whole vector: forgets what was assumed before, so that a peer that lost something in
// between is served again.
void Session::learn_vector(const BookCode& code, BookSync& sync, const VersionVector& tips,
                           Instant wall) {
  sync.vector_known = true;
  sync.has.clear();
  sync.flying.clear();
  sync.locating.clear();
  sync.blocked.clear();
  sync.promised.clear();
  for (const Tip& tip : tips) {
    sync.has[tip.stream].insert(mark_of(tip));
    if (!replica_.holds(code, tip.stream, mark_of(tip))) sync.promised.push_back(tip);
  }
  replica_.peer_holds(peer_, Receipt{code, tips, wall, {}}, true);
}

// Headquarters' new entries may grant what it refused for want of a grant.
void Session::offer_again(BookSync& sync) {
  std::erase_if(sync.blocked, [&](const auto& item) {
    if (item.second.reason != Reason::kUnknownDevice) return false;
    sync.has.erase(item.first);
    return true;
  });
}

void Session::on(const VectorMessage& vector, const ClockReading& now) {
  BookSync* sync = book(vector.book);
  if (sync == nullptr) {
    return fail(
        {Reason::kWrongUnit, N_("this device has no right to the book of unit {}"), {vector.book}});
  }
  learn_vector(vector.book, *sync, vector.tips, now.wall);
}

void Session::on(const Batch& batch) {
  BookSync* sync = book(batch.book);
  if (sync == nullptr) {
    return fail(
        {Reason::kWrongUnit, N_("this device has no right to the book of unit {}"), {batch.book}});
  }
  auto kept = replica_.append(peer_, batch);
  if (kept) {
    counts_.entries_received += batch.entries.size();
    sync->refused.erase(batch.stream);
    if (batch.stream.device == replica_.authority()) offer_again(*sync);
    advance(batch.book, *sync, *kept, mark_of(*kept));
    sync->to_acknowledge.push_back(*kept);
    return;
  }
  if (kept.refusal().reason == Reason::kGap) {
    send(VectorMessage{batch.book, to_say(replica_.vector(batch.book))});
    return;
  }
  note(sync->refused, batch.stream, kept.refusal());
  std::erase_if(sync->promised, [&](const Tip& tip) { return tip.stream == batch.stream; });
  send(Refuse{kept.refusal(), batch.book, Tip{batch.stream, batch.last(), {}}});
}

void Session::on(const Receipt& receipt) {
  BookSync* sync = book(receipt.book);
  if (sync == nullptr) return;
  if (!replica_.peer_holds(peer_, receipt, false)) {
    return fail({Reason::kBadSignature,
                 N_("headquarters' receipt for the book of unit {} is not signed by it: what was "
                    "sent doesn't count as held"),
                 {receipt.book}});
  }
  for (const Tip& tip : receipt.tips) {
    auto& flying = sync->flying[tip.stream];
    counts_.batches_acknowledged += std::erase(flying, mark_of(tip));
    if (flying.empty()) sync->flying.erase(tip.stream);
  }
}

void Session::on(const Locate& locate) {
  if (book(locate.book) == nullptr) return;
  Located answer{locate.book, locate.tip, {}};
  for (const Mark& sample : locate.samples) {
    if (sample.number > answer.mark.number &&
        replica_.holds(locate.book, locate.tip.stream, sample)) {
      answer.mark = sample;
    }
  }
  send(answer);
}

void Session::on(const Located& located) {
  BookSync* sync = book(located.book);
  if (sync == nullptr || sync->locating.erase(located.tip) == 0) return;
  // It names one of the samples, all of which are held here. Anything else would have to be asked
  // about again and again.
  if (located.mark.number.value > 0 &&
      !replica_.holds(located.book, located.tip.stream, located.mark)) {
    return fail_malformed("no sample was like that");
  }
  // A mark of number 0 is the beginning: on the way to everything.
  sync->has[located.tip.stream].insert(located.mark);
}

void Session::on(const CaughtUp& caught_up) {
  for (const BookDigest& item : caught_up.books) {
    BookSync* sync = book(item.book);
    if (sync == nullptr) continue;
    // Words may overtake each other. What a peer held once it holds still.
    auto& words = sync->caught_up;
    if (words.size() == BookSync::kWords) words.erase(words.begin());
    words.push_back(item.digest);
  }
}

void Session::tick(const ClockReading& now) {
  if (ended_) return;
  if (last_heard_ms_ == 0) last_heard_ms_ = now.monotonic_ms;
  const int64_t silent_ms = now.monotonic_ms - last_heard_ms_;
  const int64_t allowed_ms = established_ ? limits::kIdleTimeoutMs : limits::kHandshakeTimeoutMs;
  if (silent_ms > allowed_ms) {
    return fail({Reason::kUnreachable,
                 N_("the other end has been silent for {} seconds"),
                 {std::to_string(silent_ms / 1000)}});
  }
  if (start_ == Start::kOpens && established_ && silent_ms > limits::kPingIntervalMs &&
      now.monotonic_ms - last_ping_ms_ > limits::kPingIntervalMs) {
    last_ping_ms_ = now.monotonic_ms;
    send(Ping{now.monotonic_ms});
  }
}

size_t Session::in_flight() const {
  size_t out = 0;
  for (const auto& [code, sync] : books_) {
    for (const auto& [stream, marks] : sync.flying) out += marks.size();
  }
  return out;
}

std::optional<Sequence> Session::send_after(const BookCode& code, BookSync& sync, const Tip& tip) {
  if (sync.blocked.contains(tip.stream)) return std::nullopt;
  const auto at = sync.has.find(tip.stream);
  if (at == sync.has.end() || at->second.empty()) return Sequence{0};
  if (at->second.contains(mark_of(tip))) return std::nullopt;
  std::optional<Sequence> best;
  bool peer_is_ahead = false;
  for (const Mark& mark : at->second) {
    const auto common =
        mark.number.value == 0 ? std::optional(Sequence{0}) : replica_.common(code, tip, mark);
    if (common) {
      best = std::max(best.value_or(Sequence{0}), *common);
    } else {
      peer_is_ahead = peer_is_ahead || mark.number > tip.number;
    }
  }
  if (best) return *best < tip.number ? best : std::nullopt;
  // The peer holds something of this stream that is unknown here. Where it is ahead it will bring
  // that, and then the common part is known; else one of both has to ask.
  if (!peer_is_ahead && sync.locating.insert(tip).second) {
    send(Locate{code, tip, replica_.samples(code, tip)});
  }
  return std::nullopt;
}

// The peer holds the way to `tip` up to `end`: marks before it on that way say nothing more.
void Session::advance(const BookCode& code, BookSync& sync, const Tip& tip, const Mark& end) {
  auto& marks = sync.has[tip.stream];
  std::erase_if(marks, [&](const Mark& mark) {
    return mark.number < end.number &&
           (mark.number.value == 0 || replica_.common(code, tip, mark) == mark.number);
  });
  marks.insert(end);
}

void Session::pump(const BookCode& code, BookSync& sync) {
  if (!sync.vector_known) return;
  const DeviceId headquarters = replica_.authority();
  VersionVector tips = replica_.vector(code);
  // Headquarters' grants first, so that what follows is known to be allowed.
  std::stable_partition(tips.begin(), tips.end(),
                        [&](const Tip& tip) { return tip.stream.device == headquarters; });
  bool grants_open = false;
  for (const Tip& tip : tips) {
    // A fork of headquarters' stream is cleared up before anything that rests on its grants.
    if (grants_open && tip.stream.device != headquarters) return;
    while (in_flight() < limits::kUnacknowledgedBatchesMax) {
      const auto after = send_after(code, sync, tip);
      if (!after) break;
      Batch batch = replica_.read(code, tip, *after);
      if (too_large(batch)) {
        sync.blocked.insert_or_assign(
            tip.stream, Refusal{Reason::kTooLarge,
                                N_("entries {} to {} of stream {} don't fit a message"),
                                {std::to_string(batch.first.value),
                                 std::to_string(batch.last().value), to_text(code, batch.stream)}});
        break;
      }
      counts_.entries_sent += batch.entries.size();
      const Mark end = replica_.mark_at(code, tip, batch.last());
      advance(code, sync, tip, end);
      sync.flying[tip.stream].push_back(end);
      send(std::move(batch));
    }
    grants_open = grants_open || (tip.stream.device == headquarters &&
                                  !sync.blocked.contains(tip.stream) && !peer_has(code, sync, tip));
  }
}

// It holds the way to `tip`, or that is on the way to it.
bool Session::peer_has(const BookCode& code, const BookSync& sync, const Tip& tip) const {
  const auto at = sync.has.find(tip.stream);
  if (at == sync.has.end()) return false;
  return std::any_of(at->second.begin(), at->second.end(), [&](const Mark& mark) {
    return mark.number >= tip.number && replica_.common(code, tip, mark) == tip.number;
  });
}

bool Session::idle(const BookCode& code, const BookSync& sync) const {
  if (!sync.vector_known || !sync.flying.empty() || !sync.promised.empty()) return false;
  const VersionVector own = replica_.vector(code);
  return std::all_of(own.begin(), own.end(), [&](const Tip& tip) {
    // How the peer's way of a stream goes on that was refused here stays unknown.
    return sync.blocked.contains(tip.stream) || sync.refused.contains(tip.stream) ||
           peer_has(code, sync, tip);
  });
}

void Session::acknowledge(const ClockReading& now) {
  for (auto& [code, sync] : books_) {
    if (sync.to_acknowledge.empty()) continue;
    send(replica_.receipt(code, std::exchange(sync.to_acknowledge, {}), now.wall));
  }
}

void Session::say_caught_up() {
  CaughtUp word;
  for (auto& [code, sync] : books_) {
    if (!idle(code, sync)) continue;
    const Hash digest = replica_.digest(code);
    if (sync.own_caught_up == digest) continue;
    sync.own_caught_up = digest;
    word.books.push_back({code, digest});
  }
  if (!word.books.empty()) send(std::move(word));
}

void Session::settle(const ClockReading& now) {
  if (ended_ || !established_) return;
  acknowledge(now);
  // Revoked meanwhile: nothing more goes out to it, the revocation itself not either, so that what
  // its people go on recording still shows there.
  if (auto scope = replica_.scope(peer_); !scope) return fail(scope.refusal());
  for (auto& [code, sync] : books_) {
    // Whoever brought it.
    std::erase_if(sync.promised, [&, &book = code](const Tip& tip) {
      return replica_.holds(book, tip.stream, mark_of(tip));
    });
    pump(code, sync);
  }
  say_caught_up();
}

bool Session::at_rest() const {
  if (!established_) return false;
  return std::all_of(books_.begin(), books_.end(), [&](const auto& item) {
    return !item.second.caught_up.empty() && idle(item.first, item.second);
  });
}

bool Session::caught_up() const {
  return at_rest() && std::all_of(books_.begin(), books_.end(), [&](const auto& item) {
           const auto& words = item.second.caught_up;
           return std::find(words.begin(), words.end(), replica_.digest(item.first)) != words.end();
         });
}

}  // namespace sitelog
