// All faults off: everyone meets headquarters until nothing is left to say, then everything is
// checked.
#include <ostream>

#include "tests/simulation/checks.hpp"
#include "tests/simulation/world.hpp"

namespace sitelog::simulation {

namespace {

constexpr int kRoundsMax = 12;
constexpr size_t kMessagesMax = 2000;  // of one sync
constexpr size_t kMessagesIdle = 2;    // of a sync in which nothing has changed

std::string reasons(Session& session) {
  std::string out;
  if (session.failure()) out += "; " + describe(*session.failure());
  for (const Refusal& refusal : session.refused()) out += "; " + describe(refusal);
  return out;
}

}  // namespace

bool World::sync(Site& site) {
  clock_.advance(100);
  const auto connection = connect(site);
  while (!connection->idle()) {
    const auto end = connection->waiting(Connection::kHeadquarters) ? Connection::kHeadquarters
                                                                    : Connection::kSite;
    connection->deliver(end, Fault::kNone);
    if (connection->arrived() > kMessagesMax) throw Broken("a sync does not end");
  }
  if (connection->session(Connection::kSite).established()) {
    check_held(*site.engine, *headquarters_);
  }
  if (revoked(*site.engine)) return true;
  if (log_ != nullptr && !connection->caught_up()) {
    *log_ << "  not caught up: " << site.engine->device().hex().substr(0, 6)
          << reasons(connection->session(Connection::kSite)) << " /"
          << reasons(connection->session(Connection::kHeadquarters)) << "\n";
  }
  return connection->caught_up() && connection->arrived() == kMessagesIdle;
}

bool World::sync_everyone() {
  bool idle = true;
  for (Site& site : sites_) idle = sync(site) && idle;
  return idle;
}

void World::begin_in_step() {
  for (int i = 0; i < 3; ++i) record();
  sync_everyone();
  sync_everyone();
}

void World::check_nothing_lost(const std::set<std::string>& held_anywhere) {
  for (const std::string& name : recorded_) {
    if (!held_anywhere.contains(name)) throw Broken("entry " + name + " was recorded and is lost");
  }
}

void World::heal() {
  for (Site& site : sites_) site.connection.reset();
  note("heal");
  std::map<const Engine*, std::set<std::string>> held;
  std::set<std::string> anywhere;
  for (Engine* engine : engines()) {
    held[engine] = entries_of(*engine);
    anywhere.insert(held[engine].begin(), held[engine].end());
  }
  check_nothing_lost(anywhere);
  sync_everyone();
  // Headquarters puts right what a restore or a revocation left behind.
  const bool reinstate = dice_.chance(500);
  for (Site& site : sites_) {
    Engine& engine = *site.engine;
    if (headquarters_->store().settings(engine.unit()).grant(engine.device()) == nullptr) {
      headquarters_->grant(engine, engine.unit());
    }
    if (reinstate && revoked(engine)) headquarters_->reinstate(engine, engine.unit());
  }
  int rounds = 1;
  while (!sync_everyone()) {
    if (++rounds > kRoundsMax) throw Broken("there is always something left to say");
  }
  check_healed(held);
}

void World::check_healed(const std::map<const Engine*, std::set<std::string>>& held_before) {
  const auto at_headquarters = entries_of(*headquarters_);
  for (Engine* engine : engines()) {
    check_scope(*engine);
    check_sound(*engine);
    if (!engine->is_headquarters()) {
      if (revoked(*engine)) {
        ++counts_["device left out at the end"];
        continue;
      }
      for (const BookCode& book : {BookCode(kRootBook), engine->unit()}) {
        check_equal(*engine, *headquarters_, book);
      }
      check_all_held(*engine);
    }
    for (const std::string& name : held_before.at(engine)) {
      if (!at_headquarters.contains(name)) {
        throw Broken("entry " + name + " did not reach headquarters");
      }
    }
    for (const BookCode& book : engine->store().books()) trace_.add(engine->state_digest(book));
  }
  for (const std::string& name : at_headquarters) trace_.add(name);
}

}  // namespace sitelog::simulation
