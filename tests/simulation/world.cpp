#include "tests/simulation/world.hpp"

#include <algorithm>
#include <ostream>

#include "sync/merge/forms.hpp"
#include "tests/simulation/checks.hpp"

namespace sitelog::simulation {

namespace {

constexpr const char* kUnits[] = {"u1", "u2"};
constexpr int kStepsMin = 60;
constexpr int kStepsMax = 400;

}  // namespace

const World::Step World::kSteps[] = {
    {"record", 10, &World::record},
    {"edit", 16, &World::edit},
    {"void", 2, &World::void_event},
    {"decide", 5, &World::decide},
    {"review", 4, &World::review},
    {"policy", 2, &World::set_policy},
    {"campaign", 2, &World::set_campaign},
    {"enrol", 1, &World::enrol},
    {"revoke", 1, &World::revoke},
    {"reinstate", 2, &World::reinstate},
    {"connect", 8, &World::connect},
    {"deliver", 40, &World::deliver},
    {"push", 8, &World::push},
    {"tick", 2, &World::tick},
    {"hang up", 3, &World::hang_up},
    {"crash", 2, &World::crash},
    {"crash in writing", 2, &World::crash_in_writing},
    {"clock jump", 2, &World::jump_clock},
    {"new boot", 2, &World::new_boot},
    {"copy", 3, &World::take_copy},
    {"restore of a device", 2, &World::restore_site},
    {"restore of headquarters", 1, &World::restore_headquarters},
    {"clone", 1, &World::clone},
};

World::World(uint64_t seed, Counts& counts, std::ostream* log)
    : dice_(seed), counts_(counts), log_(log), engine_seed_(seed * 100) {
  headquarters_ = std::make_unique<Engine>(clock_, ++engine_seed_);
  headquarters_->set_campaign("c", "*");
  for (const char* unit : kUnits) {
    const int64_t devices = dice_.between(2, 3);
    for (int64_t i = 0; i < devices; ++i) add_site(unit);
  }
  begin_in_step();
  for (const Step& step : kSteps) {
    const int share[] = {0, 1, 1, 1, 4};
    const bool needed = step.take == &World::record || step.take == &World::deliver ||
                        step.take == static_cast<bool (World::*)()>(&World::connect);
    const int weight = step.weight * (needed ? 1 : dice_.pick(share));
    if (weight > 0) schedule_.emplace_back(&step, weight);
  }
  const int faults_per_thousand[] = {0, 20, 60, 200};
  message_faults_per_thousand_ = dice_.pick(faults_per_thousand);
  for (const Fault fault : kAllFaults) {
    if (dice_.chance(600)) faults_.push_back(fault);
  }
}

void World::run() {
  int total = 0;
  for (const auto& [step, weight] : schedule_) total += weight;
  const int64_t steps = dice_.between(kStepsMin, kStepsMax);
  for (int64_t i = 0; i < steps; ++i) {
    int64_t at = dice_.between(0, total - 1);
    const Step* chosen = nullptr;
    for (const auto& [step, weight] : schedule_) {
      chosen = step;
      if ((at -= weight) < 0) break;
    }
    clock_.advance(dice_.between(1, 2000));
    note(chosen->name);
    if ((this->*chosen->take)()) ++counts_[chosen->name];
  }
  heal();
}

void World::note(const std::string& what) {
  trace_.add(what);
  if (log_ != nullptr) *log_ << "  " << what << "\n";
}

std::vector<Engine*> World::engines() {
  std::vector<Engine*> out{headquarters_.get()};
  for (const Site& site : sites_) out.push_back(site.engine.get());
  return out;
}

Engine& World::any_engine() {
  auto all = engines();
  return *dice_.pick(all);
}

std::optional<World::Event> World::any_event(Engine& engine) {
  std::vector<Event> shown;
  Statement rows(engine.store().database(),
                 "SELECT code, record FROM records JOIN books USING (book_id)"
                 " WHERE form = 'event' AND state IS NOT NULL ORDER BY 1, 2");
  while (rows.step()) shown.push_back({rows.text(0), rows.fixed<RecordId>(1)});
  if (shown.empty()) return std::nullopt;
  // Most of the time the same few are worked on by everyone.
  if (dice_.chance(700)) shown.resize(std::min<size_t>(shown.size(), 3));
  return dice_.pick(shown);
}

bool World::revoked(const Engine& site) {
  const Grant* grant = headquarters_->store().settings(site.unit()).grant(site.device());
  return grant != nullptr && grant->revoked;
}

World::Site& World::add_site(const BookCode& unit) {
  sites_.push_back(
      {std::make_unique<Engine>(clock_, ++engine_seed_, *headquarters_, unit), {}, {}});
  headquarters_->grant(*sites_.back().engine, unit);
  return sites_.back();
}

// A message leaves: what it promises must be true already.
void World::sent(Engine& from, const Message& message, std::string_view frame) {
  trace_.add(frame);
  if (const auto* receipt = std::get_if<Receipt>(&message)) {
    ++counts_["acknowledgement checked"];
    auto& file = files_[&from];
    if (!file) file = std::make_unique<Database>(from.database(), Database::Mode::kReadOnly);
    check_durable(*file, *receipt);
  }
}

std::unique_ptr<Connection> World::connect(Site& site) {
  return std::make_unique<Connection>(
      *site.engine, *headquarters_,
      [this](Engine& from, const Message& message, std::string_view frame) {
        sent(from, message, frame);
      });
}

void World::hang_up(Engine& engine) {
  for (Site& site : sites_) {
    if (&engine == headquarters_.get() || &engine == site.engine.get()) site.connection.reset();
  }
}

void World::reopen(Engine& engine) {
  hang_up(engine);
  files_.erase(&engine);
  engine.reopen();
}

// What a connection left behind when a message had arrived.
void World::after_arrival(Site& site) {
  Connection& connection = *site.connection;
  if (Engine* crashed = connection.crashed()) return reopen(*crashed);
  if (connection.broken() || (connection.ended() && connection.idle())) {
    site.connection.reset();
    return;
  }
  // Until headquarters has said what it holds, a site goes by what it held before.
  if (connection.session(Connection::kSite).established()) {
    check_held(*site.engine, *headquarters_);
  }
}

void World::forget_what_went_with_the_disk() {
  std::set<std::string> held;
  for (Engine* engine : engines()) held.merge(entries_of(*engine));
  counts_["entries gone with a disk"] +=
      std::erase_if(recorded_, [&](const std::string& name) { return !held.contains(name); });
}

void World::restore(Engine& engine, const std::string& copy) {
  hang_up(engine);
  files_.erase(&engine);
  check_scope(engine);
  engine.restore(copy);
  forget_what_went_with_the_disk();
}

}  // namespace sitelog::simulation
