#include "tests/session/script.hpp"

namespace sitelog {

SigningKey script_key(uint8_t seed) {
  std::array<uint8_t, 32> bytes{};
  bytes[0] = seed;
  return SigningKey::from_seed(bytes);
}

PublicKey script_authority() {
  return script_key(1).public_key();
}

HeadquartersId script_headquarters() {
  return headquarters_id(script_authority(), {});
}

namespace {

Peer site_peer() {
  return {script_key(2).device(), Standing::device(kScriptBook)};
}
Peer headquarters_peer() {
  return {script_key(1).device(), Standing::authority()};
}

Peer upstream_peer(Side side) {
  if (side == Side::kSite || side == Side::kHeadquarters) return headquarters_peer();
  return {script_key(4).device(), Standing::hub("county", {kScriptBook})};
}

}  // namespace

Script::Script(Side side, size_t fails_at) : side_(side), fails_at_(fails_at) {
  const std::vector<BookCode> books{std::string(kRootBook), kScriptBook};
  const bool to_hub = side == Side::kHub || side == Side::kBehindHub;
  auto site = std::make_unique<MemoryReplica>(script_key(2), script_authority(), books);
  auto upstream =
      std::make_unique<MemoryReplica>(script_key(to_hub ? 4 : 1), script_authority(), books);
  near_ = std::move(near_is_site() ? site : upstream);
  far_ = std::move(near_is_site() ? upstream : site);
  SessionConfig config{.start = near_is_site() ? Session::Start::kOpens : Session::Start::kAnswers,
                       .software = "script"};
  session_ = std::make_unique<Session>(std::move(config), *near_, near_peer().device, far_peer());
}

Peer Script::headquarters_peer() const {
  return sitelog::headquarters_peer();
}
Peer Script::far_peer() const {
  return near_is_site() ? upstream_peer(side_) : site_peer();
}
Peer Script::near_peer() const {
  return near_is_site() ? site_peer() : upstream_peer(side_);
}

bool Script::step() {
  if (failed()) return false;
  ++steps_;
  return !failed();
}

void Script::settle() {
  session_->settle(now());
  for (Message& message : session_->take_outbox()) written_.push_back(std::move(message));
  if (session_->caught_up() && !caught_up_at_) caught_up_at_ = steps_;
}

void Script::start() {
  if (!step()) return;
  session_->start(now());
  settle();
}

void Script::read(const std::function<Message()>& message) {
  if (!step()) return;
  INFO("written and not expected: type " << (written_.empty() ? 99 : written_.front().index()));
  REQUIRE(written_.empty());
  session_->receive(message(), now());
  settle();
}

void Script::expect_silence() {
  if (!step()) return;
  INFO("written and not expected: type " << (written_.empty() ? 99 : written_.front().index()));
  REQUIRE(written_.empty());
}

void Script::meanwhile(const std::function<void()>& what) {
  if (!step()) return;
  what();
  settle();
}

void Script::check(const std::function<void()>& what) {
  if (step()) what();
}

Welcome Script::welcome_by_far() {
  Welcome out;
  out.device = far_peer().device;
  out.wall = now().wall;
  const auto scope = far_->scope(near_peer());
  for (const BookCode& book : *scope) {
    const bool differs = far_->digest(book) != near_->digest(book);
    out.books.push_back(
        {book, far_->digest(book), differs, differs ? far_->vector(book) : VersionVector{}});
  }
  return out;
}

Hello Script::hello_by_far() {
  Hello out;
  out.device = far_peer().device;
  const auto scope = far_->scope(near_peer());
  for (const BookCode& book : *scope) {
    out.books.push_back({book, far_->digest(book)});
  }
  return out;
}

void run_both(Session& site, Session& headquarters, const ClockReading& now,
              const std::function<bool(size_t, size_t)>& pick, const std::function<void()>& watch) {
  std::deque<Message> up, down;
  const auto collect = [&] {
    site.settle(now);
    for (Message& message : site.take_outbox()) up.push_back(std::move(message));
    headquarters.settle(now);
    for (Message& message : headquarters.take_outbox()) down.push_back(std::move(message));
  };
  collect();
  while (!up.empty() || !down.empty()) {
    const bool to_headquarters = down.empty() || (!up.empty() && pick(up.size(), down.size()));
    std::deque<Message>& from = to_headquarters ? up : down;
    // Through its bytes: what one end says is within the limits of the other.
    const auto message = decode_message(as_bytes(encode(from.front())));
    REQUIRE(message);
    from.pop_front();
    (to_headquarters ? headquarters : site).receive(*message, now);
    collect();
    watch();
  }
}

void play(Side side, const std::function<void(Script&)>& script) {
  Script whole(side, SIZE_MAX);
  script(whole);
  for (size_t fails_at = 0; fails_at < whole.steps(); ++fails_at) {
    CAPTURE(fails_at);
    Script cut(side, fails_at);
    script(cut);
    if (whole.caught_up_at()) {
      CHECK((!cut.caught_up_at() || *cut.caught_up_at() >= *whole.caught_up_at()));
    } else {
      CHECK(!cut.caught_up_at());
    }
    if (!whole.heals()) continue;
    MemoryReplica& at_site = cut.near_is_site() ? cut.near() : cut.far();
    MemoryReplica& at_headquarters = cut.near_is_site() ? cut.far() : cut.near();
    const Peer upstream = upstream_peer(side);
    Session site({.start = Session::Start::kOpens, .software = "again"}, at_site,
                 site_peer().device, upstream);
    Session headquarters({.start = Session::Start::kAnswers, .software = "again"}, at_headquarters,
                         upstream.device, site_peer());
    site.start(cut.now());
    run_both(
        site, headquarters, cut.now(), [](size_t, size_t) { return true; }, [] {});
    CHECK(site.caught_up());
    CHECK(headquarters.caught_up());
    CHECK(at_site.digest(kScriptBook) == at_headquarters.digest(kScriptBook));
  }
}

Batch batch_of(MemoryReplica& replica, uint64_t after) {
  const StreamKey own = replica.own_stream();
  for (const Tip& tip : replica.vector(kScriptBook)) {
    if (tip.stream == own) return replica.read(kScriptBook, tip, {after});
  }
  FAIL("no such stream");
  return {};
}

Receipt taken_by_far(Script& script, const Batch& batch) {
  const auto kept = script.far().append(script.near_peer(), batch, {});
  REQUIRE(kept);
  return script.far().receipt(batch.book, {*kept}, script.now().wall);
}

CaughtUp word_of(MemoryReplica& replica) {
  return {{{kScriptBook, replica.digest(kScriptBook)}}};
}

std::function<void(const Refuse&)> refuses(Reason reason) {
  return [reason](const Refuse& refuse) {
    CHECK(name_of(refuse.refusal.reason) == std::string(name_of(reason)));
    CHECK(refuse.book.empty());
  };
}

}  // namespace sitelog
