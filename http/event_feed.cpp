#include "http/event_feed.hpp"

#include <algorithm>
#include <array>

#include "engine/record_names.hpp"
#include "engine/told_change.hpp"
#include "http/admission.hpp"
#include "http/limits.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

using namespace std::chrono_literals;

constexpr auto kLook = 1s;  // at who may stay, and who looks at what
constexpr const char* kEventsType = "text/event-stream";
constexpr const char* kBeat = ": \n\n";
// What a browser waits before it comes back.
constexpr const char* kRetry = "retry: 3000\n\n";

std::string draw_run() {
  return to_hex(random_bytes<std::array<uint8_t, 6>>());
}

EventLog::Whose whose(const TouchedRecord& touched, std::string_view kind) {
  EventLog::Whose out{touched.unit};
  if (kind == "record") out.campaign = touched.campaign;
  out.some_records = kind == "records";
  return out;
}

bool is_for(const Scope& scope, const UnitTree& tree, const EventLog::Whose& whose) {
  if (whose.campaign) return lies_in(scope, tree, whose.unit, *whose.campaign);
  return whose.some_records ? touches(scope, tree, whose.unit) : lies_in(scope, tree, whose.unit);
}

}  // namespace

EventFeed::EventFeed(EventFeedConfig config)
    : config_(std::move(config)), log_(draw_run(), limits::kEventsKept) {
  subscription_ = config_.engine.store().subscribe([this](const std::set<BookCode>& books) {
    const std::lock_guard lock(mutex_);
    if (!heard_) return;
    changed_.insert(books.begin(), books.end());
    filled_.notify_one();
  });
  thread_ = std::thread([this] { run(); });
}

EventFeed::~EventFeed() {
  stop();
}

void EventFeed::listen(const Asked& asked, Reply& reply) {
  const auto refuse = [&](int status, Refusal why) {
    Response out = problem_response(DetailedRefusal(std::move(why)), status, asked.language);
    if (status == 429) out.fields.emplace_back("Retry-After", "5");
    reply.send(std::move(out));
  };
  const Visitor& visitor = *asked.visitor;
  const auto account = config_.accounts.admitted(visitor.account);
  Caller caller;
  if (account) caller.roles = config_.roles(account->roles);
  const bool token_fits = !visitor.token || visitor.token->operations.empty() ||
                          visitor.token->operations.contains(kListing);
  if (!account || !token_fits || !has_right(caller, Right::kRead)) {
    config_.accounts.audit().add(refused_line(asked));
    return refuse(
        403,
        {Reason::kNotPermitted, N_("events are told to who may read records (records.list)"), {}});
  }
  const std::lock_guard lock(mutex_);
  if (stopping_) return reply.send(busy(asked.language));
  const auto own = of_account_.find(visitor.account);
  if (streams_ >= limits::kStreamsMax ||
      (own != of_account_.end() && own->second >= limits::kStreamsOfAccountMax)) {
    return refuse(429, {Reason::kUnreachable,
                        N_("too many streams of events are open: at most {} of an account; close "
                           "another page first"),
                        {std::to_string(limits::kStreamsOfAccountMax)}});
  }
  ++of_account_[visitor.account];
  ++streams_;
  heard_ = true;
  arriving_.push_back({.reply = reply.keep(),
                       .visitor = visitor,
                       .session = hash_of_secret(asked.session),
                       .grants = account->roles,
                       .scope = scope_of(caller, Right::kRead),
                       .last_event_id = std::string(asked.head.field("last-event-id"))});
  filled_.notify_one();
}

Answer<std::vector<std::string>> EventFeed::look(const Caller& caller,
                                                 const std::optional<std::string>& record) {
  if (!record) return lookers_.look(caller.name, std::nullopt, Clock::now());
  Caller within = caller;
  within.scope = scope_of(caller, Right::kRead);
  const auto place = config_.engine.read([&](const Queries& queries) -> Answer<Lookers::Place> {
    const auto found = find_record(config_.engine, queries, within, *record);
    if (!found) return found.refusal();
    const auto state = queries.record_state(*found);
    return Lookers::Place{found->unit, found->form, found->record,
                          state ? state->campaign() : std::string()};
  });
  if (!place) return place.refusal();
  return lookers_.look(caller.name, *place, Clock::now());
}

std::string EventFeed::looks_for(const Listener& listener) const {
  std::string out;
  for (const Lookers::Told& each : looks_) {
    if (each.account == listener.visitor.account ||
        !lies_in(listener.scope, *tree_, each.place.unit, each.place.campaign)) {
      continue;
    }
    json::object data{
        {"unit", each.place.unit}, {"record", each.place.record.hex()}, {"account", each.account}};
    if (each.left) data["left"] = true;
    // Without an id: who comes back is told by whoever still looks, when they say so again.
    out += "event: looking\ndata: " + json::serialize(data) + "\n\n";
  }
  return out;
}

void EventFeed::run() {
  Clock::time_point last_heard = Clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    filled_.wait_for(lock, kLook,
                     [&] { return stopping_ || !changed_.empty() || !arriving_.empty(); });
    if (!stopping_ && !changed_.empty()) {
      // What follows at once is told with it.
      filled_.wait_for(lock, limits::kEventsGathered, [&] { return stopping_; });
    }
    if (stopping_) break;
    const std::set<BookCode> books = std::exchange(changed_, {});
    const bool arrived = !arriving_.empty();
    std::move(arriving_.begin(), arriving_.end(), std::back_inserter(listeners_));
    arriving_.clear();
    lock.unlock();
    try {
      if (!books.empty() || (!looking_ && arrived)) read_changes(books);
      const auto now = Clock::now();
      looks_.clear();
      if (now - looked_ >= kLook) {
        looks_ = lookers_.take(now);
        looked_ = now;
      }
      const bool scopes_changed = books.contains(BookCode(kRootBook));
      std::vector<Listener> staying;
      for (Listener& listener : listeners_) {
        if (serve(listener, now, scopes_changed)) staying.push_back(listener);
      }
      listeners_ = std::move(staying);
    } catch (const std::exception& error) {
      config_.on_trouble(std::string("events: ") + error.what());
      // Nobody is to believe that nothing changed: all come back and are told to read anew.
      log_.part();
      looking_ = false;
      for (Listener& listener : listeners_) listener.reply->break_off(busy(Language::kChinese));
      listeners_.clear();
    }
    if (!listeners_.empty()) last_heard = Clock::now();
    lock.lock();
    count_streams();
    if (heard_ && streams_ == 0 && Clock::now() - last_heard > limits::kEventsUnheard) {
      heard_ = looking_ = false;
      changed_.clear();
    }
  }
}

// Those that go on, and those that came meanwhile.
void EventFeed::count_streams() {
  of_account_.clear();
  for (const auto* some : {&listeners_, &arriving_}) {
    for (const Listener& listener : *some) ++of_account_[listener.visitor.account];
  }
  streams_ = listeners_.size() + arriving_.size();
}

// The first time, and after nobody listened, only how far everything is.
void EventFeed::read_changes(const std::set<BookCode>& books) {
  config_.engine.read([&](const Queries& queries) {
    tree_ = config_.engine.units(queries);
    if (!looking_) {
      log_.part();
      looked_at_.clear();
      queries.list_touched({}, 0, looked_at_, [](const TouchedRecord&) {});
      looking_ = true;
      return Done{};
    }
    queries.list_touched({books.begin(), books.end()}, limits::kEventsOfUnitMax, looked_at_,
                         [&](const TouchedRecord& touched) {
                           if (const auto told = told_change(queries, touched)) {
                             log_.add(whose(touched, told->kind), told->kind, told->data);
                           }
                         });
    for (const BookCode& book : books) {
      if (book != kRootBook && is_told_of(book)) log_.add({book}, "status", {{"unit", book}});
    }
    return Done{};
  });
}

bool EventFeed::may_stay(const Listener& listener) const {
  if (listener.reply->closed()) return false;
  if (!config_.accounts.may_stay(listener.visitor, listener.session)) return false;
  const auto account = config_.accounts.admitted(listener.visitor.account);
  return account && account->roles == listener.grants;
}

bool EventFeed::begin(Listener& listener) {
  listener.begun = true;
  listener.reply->begin({200, kEventsType, {}});
  const auto place = log_.place_of(listener.last_event_id);
  const bool gap = !listener.last_event_id.empty() && !place;
  listener.told = place.value_or(log_.last());
  std::string hello = kRetry;
  // Who comes back is where they were; others are told where they begin.
  if (!place) hello += log_.alone(gap ? "reset" : "ready");
  return listener.reply->try_write(hello);
}

bool EventFeed::serve(Listener& listener, Clock::time_point now, bool scopes_changed) {
  const auto over = [&] {
    listener.reply->break_off(busy(Language::kChinese));
    return false;
  };
  if (!may_stay(listener)) return over();
  if (scopes_changed) {
    Caller caller;
    caller.roles = config_.roles(listener.grants);
    if (!has_right(caller, Right::kRead)) return over();
    listener.scope = scope_of(caller, Right::kRead);
  }
  if (!listener.begun) {
    if (!begin(listener)) return over();
    listener.beat = now;
  }
  std::string bytes;
  // More than is kept came at once: it missed some.
  if (log_.after(listener.told) != log_.end() &&
      log_.after(listener.told)->number != listener.told + 1) {
    bytes = log_.alone("reset");
  } else {
    for (auto event = log_.after(listener.told); event != log_.end(); ++event) {
      if (is_for(listener.scope, *tree_, event->whose)) bytes += *event->bytes;
    }
  }
  listener.told = log_.last();
  bytes += looks_for(listener);
  if (bytes.empty() && now - listener.beat < limits::kHeartbeat) return true;
  if (bytes.empty()) bytes = kBeat;
  listener.beat = now;
  return listener.reply->try_write(bytes) || over();
}

void EventFeed::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return;
  }
  config_.engine.store().unsubscribe(subscription_);
  filled_.notify_one();
  thread_.join();
  for (auto* some : {&listeners_, &arriving_}) {
    for (Listener& listener : *some) {
      listener.reply->break_off(busy(Language::kChinese));
    }
    some->clear();
  }
}

void add_event_route(Router& router, EventFeed& feed) {
  router.add("GET", kApi + std::string("events"),
             {[&feed](const Asked& asked, Reply& reply) { feed.listen(asked, reply); }});
}

}  // namespace sitelog
