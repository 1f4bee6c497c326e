// The steps of a schedule.
#include "sync/merge/forms.hpp"
#include "tests/simulation/checks.hpp"
#include "tests/simulation/world.hpp"

namespace sitelog::simulation {

namespace {

constexpr const char* kFields[] = {"title", "kind", "level", "sessions", "participants", "who"};
constexpr const char* kKinds[] = {"film", "lecture", "training"};
constexpr const char* kPolicies[] = {"latest", "site", "headquarters", "ask",
                                     "max",    "min",  "union"};
constexpr size_t kSitesMax = 10;
constexpr size_t kClonesMax = 2;

}  // namespace

Value World::any_value(const std::string& field) {
  if (dice_.chance(50)) return Value();
  if (field == "kind") return dice_.pick(kKinds);
  if (field == "level") return dice_.chance(500) ? "county" : "city";
  if (field == "sessions" || field == "participants") return dice_.between(0, 50);
  if (field == "who") {
    TextList list;
    for (int64_t i = dice_.between(0, 3); i > 0; --i) list.push_back("p" + std::to_string(i));
    return list;
  }
  return "text " + std::to_string(dice_.between(0, 9));
}

bool World::write(Engine& engine, const Event& event, const std::map<std::string, Value>& values) {
  const Written written =
      engine.write(event.unit, event.record, "event", values,
                   engine.is_headquarters() ? "hq" : "p" + std::to_string(dice_.below(3)));
  if (written.book.empty()) return false;  // nothing was changed by it
  recorded_.insert(written.book + " " + written.name.hex());
  trace_.add(written.name.hex());
  return true;
}

bool World::record() {
  Engine& engine = *any_site().engine;
  const Event event{engine.unit(), engine.store().new_record_id(engine.now())};
  return write(engine, event,
               {{"title", any_value("title")},
                {"kind", dice_.pick(kKinds)},
                {"sessions", dice_.between(1, 9)},
                {std::string(kFieldCampaign), "c"}});
}

bool World::edit() {
  Engine& engine = any_engine();
  const auto event = any_event(engine);
  if (!event) return false;
  std::map<std::string, Value> values;
  for (int64_t i = dice_.between(1, 2); i > 0; --i) {
    const std::string field = dice_.pick(kFields);
    values[field] = any_value(field);
  }
  return write(engine, *event, values);
}

bool World::void_event() {
  Engine& engine = any_engine();
  const auto event = any_event(engine);
  if (!event) return false;
  return write(engine, *event,
               {{std::string(kFieldVoid), dice_.chance(300) ? Value() : Value("entered twice")}});
}

// A conflict is decided: at that replica it is gone.
bool World::decide() {
  Engine& engine = any_engine();
  struct Open {
    Event event;
    std::string field;
  };
  std::vector<Open> open;
  Statement rows(engine.store().database(),
                 "SELECT code, record, field FROM conflicts JOIN records USING (record_id)"
                 " JOIN books USING (book_id) WHERE form = 'event' ORDER BY 1, 2, 3");
  while (rows.step()) {
    if (rows.text(2) == kFieldReview && !engine.is_headquarters()) continue;
    open.push_back({{rows.text(0), rows.fixed<RecordId>(1)}, rows.text(2)});
  }
  if (open.empty()) return false;
  const Open& chosen = dice_.pick(open);
  const Value value = is_reserved_field(chosen.field) ? Value() : any_value(chosen.field);
  if (!write(engine, chosen.event, {{chosen.field, value}})) {
    throw Broken("a conflict could not be decided");
  }
  const Grant* grant = engine.store().settings(chosen.event.unit).grant(engine.device());
  if (!engine.is_headquarters() && (grant == nullptr || grant->revoked)) return true;
  if (engine.event(chosen.event.record, chosen.event.unit)->conflicts.contains(chosen.field)) {
    throw Broken("a conflict stands where it was decided");
  }
  return true;
}

bool World::review() {
  const auto event = any_event(*headquarters_);
  if (!event) return false;
  const auto state = headquarters_->event(event->record, event->unit);
  Review review;
  const ReviewVerdict verdicts[] = {ReviewVerdict::kReturned, ReviewVerdict::kAccepted,
                                    ReviewVerdict::kRefused};
  review.verdict = dice_.pick(verdicts);
  review.remark = "remark " + std::to_string(dice_.between(0, 9));
  if (review.verdict == ReviewVerdict::kReturned) {
    review.field_remarks["title"] = "unclear";
    review.due = "2024-05-01";
  }
  return write(*headquarters_, *event,
               {{std::string(kFieldReview), review_value(review, content_digest(*state))}});
}

bool World::set_policy() {
  const std::string field = dice_.chance(500) ? "*" : dice_.pick(kFields);
  headquarters_->set_policy(any_site().engine->unit(), field, dice_.pick(kPolicies));
  return true;
}

bool World::set_campaign() {
  std::map<std::string, std::string> policies;
  if (dice_.chance(500)) policies[dice_.pick(kFields)] = dice_.pick(kPolicies);
  headquarters_->set_campaign("c", dice_.chance(500) ? "*" : dice_.pick(kKinds), policies);
  return true;
}

bool World::enrol() {
  if (sites_.size() >= kSitesMax) return false;
  const BookCode unit = any_site().engine->unit();
  add_site(unit);
  return true;
}

bool World::revoke() {
  const Engine& site = *any_site().engine;
  if (revoked(site)) return false;
  std::vector<Tip> kept;
  if (dice_.chance(800)) kept = headquarters_->store().vector(site.unit());
  headquarters_->revoke(site, site.unit(), kept);
  return true;
}

bool World::reinstate() {
  const Engine& site = *any_site().engine;
  if (!revoked(site)) return false;
  headquarters_->reinstate(site, site.unit());
  return true;
}

bool World::connect() {
  Site& site = any_site();
  if (site.connection) return false;
  site.connection = connect(site);
  return true;
}

void World::deliver_one(Site& site) {
  Connection& connection = *site.connection;
  if (connection.idle()) return;
  auto end = dice_.chance(500) ? Connection::kSite : Connection::kHeadquarters;
  if (!connection.waiting(end)) {
    end = end == Connection::kSite ? Connection::kHeadquarters : Connection::kSite;
  }
  Fault fault = Fault::kNone;
  if (!faults_.empty() && dice_.chance(message_faults_per_thousand_)) fault = dice_.pick(faults_);
  ++counts_["message"];
  if (connection.deliver(end, fault)) {
    ++counts_[name_of(fault)];
    note(name_of(fault));
  }
  after_arrival(site);
}

// A few messages arrive, of one connection.
bool World::deliver() {
  std::vector<Site*> with_messages;
  for (Site& site : sites_) {
    if (site.connection && !site.connection->idle()) with_messages.push_back(&site);
  }
  if (with_messages.empty()) return connect();
  Site& site = *dice_.pick(with_messages);
  for (int64_t i = dice_.between(1, 6); i > 0 && site.connection; --i) deliver_one(site);
  return true;
}

bool World::push() {
  Site& site = any_site();
  if (!site.connection) return connect();
  site.connection->push(dice_.chance(500) ? Connection::kSite : Connection::kHeadquarters);
  return true;
}

bool World::tick() {
  Site& site = any_site();
  if (!site.connection) return false;
  clock_.advance(dice_.between(1000, 40'000));
  site.connection->tick(Connection::kSite);
  site.connection->tick(Connection::kHeadquarters);
  if (site.connection->ended() && site.connection->idle()) site.connection.reset();
  return true;
}

bool World::hang_up() {
  Site& site = any_site();
  if (!site.connection) return false;
  site.connection.reset();
  return true;
}

bool World::crash() {
  reopen(any_engine());
  return true;
}

// The machine dies with an entry written and its transaction open: it was never recorded.
bool World::crash_in_writing() {
  Engine& engine = *any_site().engine;
  engine.store().begin();
  const RecordId record = engine.store().new_record_id(engine.now());
  const Entry entry = compose(nullptr, record, "event", {{"title", "never saved"}});
  (void)engine.store().write(engine.unit(), entry, engine.now(), "ana");
  engine.store().rollback();
  reopen(engine);
  if (engine.event(record)) throw Broken("a record is there that was not committed");
  return true;
}

bool World::jump_clock() {
  Engine& engine = any_engine();
  constexpr int64_t kScales[] = {1000, 3600 * 1000, 24LL * 3600 * 1000, 365LL * 24 * 3600 * 1000};
  engine.clock_off_ms = dice_.chance(200) ? 0 : dice_.between(-30, 30) * dice_.pick(kScales);
  return true;
}

bool World::new_boot() {
  any_engine().boot = dice_.number() >> 1;
  return true;
}

bool World::take_copy() {
  const std::string name = "copy" + std::to_string(++copies_) + ".db";
  if (dice_.chance(300)) {
    copies_of_headquarters_.push_back(headquarters_->take_copy(name));
  } else {
    Site& site = any_site();
    site.copies.push_back(site.engine->take_copy(name));
  }
  return true;
}

bool World::restore_site() {
  std::vector<Site*> with_copies;
  for (Site& site : sites_) {
    if (!site.copies.empty()) with_copies.push_back(&site);
  }
  if (with_copies.empty()) return false;
  Site& site = *dice_.pick(with_copies);
  restore(*site.engine, dice_.pick(site.copies));
  return true;
}

bool World::restore_headquarters() {
  if (copies_of_headquarters_.empty()) return false;
  restore(*headquarters_, dice_.pick(copies_of_headquarters_));
  return true;
}

bool World::clone() {
  if (clones_ >= kClonesMax || sites_.size() >= kSitesMax) return false;
  const size_t original = dice_.below(sites_.size());
  const BookCode unit = sites_[original].engine->unit();
  sites_.push_back(
      {std::make_unique<Engine>(clock_, ++engine_seed_, *headquarters_, unit), {}, {}});
  sites_.back().engine->clone_of(*sites_[original].engine);
  sites_.back().engine->boot = sites_[original].engine->boot;
  ++clones_;
  return true;
}

}  // namespace sitelog::simulation
