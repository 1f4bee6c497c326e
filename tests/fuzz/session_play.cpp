#include "tests/fuzz/session_play.hpp"

#include "sync/ledger/limits.hpp"
#include "tests/fuzz/target.hpp"

namespace sitelog::fuzz {

namespace {

constexpr size_t kActsMax = 48;
enum Act { kArrives, kArrivesTwice, kLost, kWritten, kTimePasses, kForged, kBytes, kFinish, kActs };

class Play {
 public:
  Play(Choices& choices, PlayEnd& site, PlayEnd& headquarters)
      : choices_(choices), ends_{&site, &headquarters} {}

  void run() {
    connect();
    for (size_t acts = 0; !choices_.empty() && acts < kActsMax; ++acts) act();
    heal();
  }

 private:
  ClockReading now() const { return {{1'700'000'000'000 + at_ms_}, 5'000 + at_ms_, 1}; }

  void connect() {
    for (const auto start : {Session::Start::kOpens, Session::Start::kAnswers}) {
      PlayEnd& end = *ends_[start == Session::Start::kOpens ? 0 : 1];
      end.session = std::make_unique<Session>(SessionConfig{.start = start, .software = "play"},
                                              *end.replica, end.own, end.peer);
      end.arriving.clear();
      end.received = 0;
    }
    ends_[0]->session->start(now());
    after(0);
  }

  void act() {
    const auto what = static_cast<Act>(choices_.one_of(kActs));
    const size_t to = choices_.one_of(2);
    PlayEnd& end = *ends_[to];
    switch (what) {
      case kArrives:
      case kArrivesTwice: {
        if (end.arriving.empty()) return;
        const Message message = end.arriving.front();
        end.arriving.pop_front();
        receive(to, message);
        if (what == kArrivesTwice) receive(to, message);
        return;
      }
      case kLost:
        if (!end.arriving.empty()) end.arriving.pop_front();
        return;
      case kWritten: end.write(choices_.sized()); return after(to);
      case kTimePasses: at_ms_ += int64_t{choices_.byte()} * 500; return after(to);
      case kForged: return receive_bytes(to, encode(forged()));
      case kBytes: return receive_bytes(to, choices_.sized());
      case kFinish: end.session->finish("done"); return after(to);
      case kActs: return;
    }
  }

  void receive_bytes(size_t to, const std::string& bytes) {
    if (const auto message = decode_message(as_bytes(bytes))) receive(to, *message);
  }

  void receive(size_t to, const Message& message) {
    PlayEnd& end = *ends_[to];
    const bool was_over = end.session->ended();
    end.session->receive(message, now());
    after(to, was_over);
  }

  // Settles, checks and carries what is said to the other end.
  void after(size_t at, bool was_over = false) {
    PlayEnd& end = *ends_[at];
    Session& session = *end.session;
    session.settle(now());
    const std::vector<Message> said = session.take_outbox();
    MUST(!was_over || said.empty());
    size_t batches = 0;
    for (const Message& message : said) {
      batches += std::holds_alternative<Batch>(message);
      const std::string bytes = encode(message);
      MUST(bytes.size() <= limits::kMessageBytesMax);
      const auto read = decode_message(as_bytes(bytes));
      MUST(read && encode(*read) == bytes);
      ends_[1 - at]->arriving.push_back(message);
    }
    MUST(batches <= limits::kUnacknowledgedBatchesMax);
    MUST(said.size() <= 64 + 4 * session.books().size());
    if (session.failure()) {
      MUST(session.ended());
      if (!was_over && !said.empty()) check_refusal_sent(*session.failure());
    }
    MUST(!session.caught_up() || session.at_rest());
    MUST(session.established() || !session.at_rest());
    MUST(session.counts().entries_received >= end.received);
    end.received = session.counts().entries_received;
    check_nothing_lost(end);
  }

  void check_refusal_sent(const Refusal& refusal) {
    MUST(std::string_view(name_of(refusal.reason)) != "unknown");
  }

  void check_nothing_lost(PlayEnd& end) {
    for (const char* code : {"root", kPlayBook}) {
      for (const Tip& tip : end.held[code]) {
        MUST(end.replica->holds(code, tip.stream, mark_of(tip)));
      }
      end.held[code] = end.replica->vector(code);
      MUST(end.replica->digest(code) == digest_of(code, end.held[code]));
    }
  }

  // A fresh connection on which nothing goes wrong.
  void heal() {
    at_ms_ += 1000;
    connect();
    for (size_t messages = 0; !ends_[0]->arriving.empty() || !ends_[1]->arriving.empty();
         ++messages) {
      MUST(messages < 2000);
      const size_t to = ends_[1]->arriving.empty() ? 0 : 1;
      const Message message = ends_[to]->arriving.front();
      ends_[to]->arriving.pop_front();
      receive(to, message);
    }
    for (PlayEnd* end : ends_) MUST(!end->session->failure());
    for (const char* code : {"root", kPlayBook}) {
      MUST(ends_[0]->replica->digest(code) == ends_[1]->replica->digest(code));
    }
    MUST(ends_[1]->session->caught_up());
  }

  BookCode book() {
    switch (choices_.one_of(4)) {
      case 0: return kPlayBook;
      case 1: return "root";
      case 2: return "elsewhere";
      default: return choices_.flag() ? kPlayBook : "b" + choices_.sized().substr(0, 40);
    }
  }

  // Of a stream that one of both holds, most often.
  Tip tip(const BookCode& code) {
    Tip out{{ends_[choices_.one_of(2)]->own, {choices_.byte()}}, {choices_.byte()}, {}};
    const VersionVector held = ends_[choices_.one_of(2)]->replica->vector(code);
    if (!held.empty()) out = held[choices_.one_of(held.size())];
    switch (choices_.one_of(6)) {
      case 0: out.number.value = choices_.byte(); break;
      case 1: out.number.value = choices_.number(); break;
      case 2: out.head.bytes[choices_.one_of(32)] ^= 1; break;
      case 3: out.stream.epoch.value ^= choices_.byte(); break;
      default: break;
    }
    return out;
  }

  Mark mark(const BookCode& code) { return mark_of(tip(code)); }

  VersionVector tips(const BookCode& code) {
    VersionVector out;
    for (size_t n = choices_.one_of(4); n > 0; --n) out.push_back(tip(code));
    return out;
  }

  // The whole, most often.
  TipRange range() {
    TipRange out;
    for (size_t n = choices_.one_of(8); n > 5; --n) {
      out = out.part(choices_.one_of(TipRange::kParts));
    }
    return out;
  }

  // None, or of all parts, of which a few are as one end has them.
  std::vector<Hash> parts(const BookCode& code) {
    std::vector<Hash> out(choices_.one_of(4) == 3 ? TipRange::kParts : 0);
    for (size_t i = 0; i < out.size(); ++i) {
      const Replica& of = *ends_[i % 2]->replica;
      out[i] = choices_.flag() ? of.tip_tree(code).digest(TipRange{}.part(i)) : Hash{};
    }
    return out;
  }

  Hash digest(const BookCode& code) {
    switch (choices_.one_of(3)) {
      case 0: return ends_[0]->replica->digest(code);
      case 1: return ends_[1]->replica->digest(code);
      default: return choices_.fixed<Hash>();
    }
  }

  Batch batch(const BookCode& code) {
    PlayEnd& from = *ends_[choices_.one_of(2)];
    const VersionVector held = from.replica->vector(code);
    Batch out{code, {from.own, {1}}, {}, {1}, {}, {choices_.sized()}, {}, {}};
    if (!held.empty()) {
      const Tip at = held[choices_.one_of(held.size())];
      // A foreign stream is read to its next signed head, one's own to any.
      if (at.number.value > 0 && at.stream.device == from.own) {
        out = from.replica->read(code, at, {choices_.byte() % at.number.value});
      }
    }
    switch (choices_.one_of(8)) {
      case 0: out.entries.front() = choices_.sized(); break;
      case 1: out.first.value += choices_.byte(); break;
      case 2: out.signature.bytes[choices_.one_of(64)] ^= 1; break;
      case 3: out.previous.bytes[choices_.one_of(16)] ^= 1; break;
      case 4: out.book = book(); break;
      case 5: out.entries.resize(std::min<size_t>(out.entries.size(), 1)); break;
      case 6:
        out.erased[0] = out.entry_digest(0);
        out.entries.front().clear();
        break;
      default: break;
    }
    return out;
  }

  Message forged() {
    const BookCode code = book();
    switch (choices_.one_of(14)) {
      case 0: {
        Hello out;
        out.device = ends_[choices_.one_of(2)]->own;
        if (choices_.flag()) out.version_min = out.version_max = choices_.byte();
        for (size_t n = choices_.one_of(4); n > 0; --n) out.books.push_back({code, digest(code)});
        return out;
      }
      case 1: {
        Welcome out;
        out.device = ends_[1 - choices_.one_of(2)]->own;
        out.wall = choices_.flag() ? now().wall : Instant{int64_t(choices_.number())};
        for (size_t n = choices_.one_of(4); n > 0; --n) {
          const BookCode offered = book();
          out.books.push_back({offered, digest(offered), choices_.flag(), tips(offered)});
        }
        return out;
      }
      case 2:
        return Refuse{{static_cast<Reason>(choices_.one_of(32)), choices_.sized(), {}},
                      choices_.flag() ? code : BookCode(),
                      tip(code)};
      case 3: return VectorMessage{code, tips(code), range(), parts(code)};
      case 4: return batch(code);
      case 5: return Receipt{code, tips(code), now().wall, choices_.fixed<Signature>()};
      case 6: {
        Locate out{code, tip(code), {}};
        for (size_t n = choices_.one_of(4); n > 0; --n) out.samples.push_back(mark(code));
        return out;
      }
      case 7: return Located{code, tip(code), mark(code)};
      case 8: {
        CaughtUp out;
        for (size_t n = choices_.one_of(3); n > 0; --n) out.books.push_back({code, digest(code)});
        return out;
      }
      case 9: return Ping{int64_t(choices_.number())};
      case 10: return Pong{int64_t(choices_.number())};
      case 11: return Goodbye{choices_.sized()};
      case 12: return JoinRequest{choices_.sized(), {}, {}, {}};
      default: return JoinReply{choices_.sized(), {}, {}, {}, code};
    }
  }

  Choices& choices_;
  PlayEnd* ends_[2];
  int64_t at_ms_ = 0;
};

}  // namespace

void play(Choices& choices, PlayEnd& site, PlayEnd& headquarters) {
  Play(choices, site, headquarters).run();
}

}  // namespace sitelog::fuzz
