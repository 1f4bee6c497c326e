// What goes wrong with machines: crashes, disks, clocks, copies.
#include "sync/merge/forms.hpp"
#include "tests/simulation/checks.hpp"
#include "tests/simulation/world.hpp"

namespace sitelog::simulation {

namespace {

constexpr size_t kSitesMax = 10;
constexpr size_t kClonesMax = 2;
constexpr int64_t kTroubleWithinCalls = 60;

}  // namespace

void World::reopen(Engine& engine, const char* how) {
  ++counts_[how];
  note(how);
  hang_up(engine);
  files_.erase(&engine);
  engine.close();
  disk(engine).start();
  try {
    engine.reopen();
  } catch (const StoreError& error) {
    // The disk fails again while the store is being opened; the next time it does not.
    tell(error.what());
    if (disk(engine).take_met() == Disk::Trouble::kNone) throw;
    ++counts_["disk: failed at opening"];
    disk(engine).make_room();
    engine.close();
    disk(engine).start();
    engine.reopen();
  }
}

void World::reopen_after_anything(Engine& engine) {
  const int64_t roll = dice_.below(2);
  if (roll == 0) disk(engine).kill();
  if (roll == 1) disk(engine).cut_power();
  reopen(engine, roll == 0 ? "killed" : "power cut");
}

bool World::mend_disks() {
  bool any = false;
  for (Engine* engine : engines()) {
    const Disk::Trouble met = disk(*engine).take_met();
    if (met == Disk::Trouble::kNone) continue;
    any = true;
    ++counts_[name_of(met)];
    if (met == Disk::Trouble::kFull && dice_.chance(400)) disk(*engine).make_room();
    reopen(*engine, "opened again after trouble");
  }
  return any;
}

bool World::crash() {
  Engine& engine = any_engine();
  if (dice_.chance(200)) {
    reopen(engine, "closed and opened");
  } else {
    reopen_after_anything(engine);
  }
  return true;
}

// The machine dies with an entry written and its transaction open: it was never recorded.
bool World::crash_in_writing() {
  Engine& engine = *any_site().engine;
  engine.store().begin();
  const RecordId record = engine.store().new_record_id(engine.now());
  const Entry entry = compose(nullptr, record, "event", {{"title", "never saved"}});
  (void)engine.store().write(engine.unit(), entry, engine.now(), "ana");
  engine.store().flush();
  reopen_after_anything(engine);
  if (engine.event(record)) throw Broken("a record is there that was not committed");
  return true;
}

bool World::plan_disk_trouble() {
  Disk& chosen = disk(any_engine());
  if (chosen.has_plan()) return false;
  const Disk::Trouble troubles[] = {Disk::Trouble::kKill,      Disk::Trouble::kPowerCut,
                                    Disk::Trouble::kPowerCut,  Disk::Trouble::kWriteError,
                                    Disk::Trouble::kReadError, Disk::Trouble::kSyncError,
                                    Disk::Trouble::kFull};
  chosen.plan(dice_.pick(troubles), static_cast<uint64_t>(dice_.between(1, kTroubleWithinCalls)));
  return true;
}

bool World::jump_clock() {
  Engine& engine = any_engine();
  constexpr int64_t kScales[] = {1000, 3600 * 1000, 24LL * 3600 * 1000, 365LL * 24 * 3600 * 1000};
  engine.clock_off_ms = dice_.chance(200) ? 0 : dice_.between(-30, 30) * dice_.pick(kScales);
  return true;
}

// A new boot, mostly with a clock that begins at some year of its own.
bool World::boot_without_clock() {
  Engine& engine = any_engine();
  engine.boot = dice_.number() >> 1;
  if (dice_.chance(700)) {
    constexpr int64_t kBeginnings[] = {0, 315'532'800'000, 978'307'200'000, 1'262'304'000'000};
    engine.clock_off_ms = dice_.pick(kBeginnings) - clock_.true_ms;
  }
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

void World::forget_what_went_with_the_disk() {
  std::set<std::string> held;
  for (Engine* engine : engines()) held.merge(entries_of(*engine));
  counts_["entries gone with a disk"] +=
      std::erase_if(recorded_, [&](const std::string& name) { return !held.contains(name); });
}

void World::restore(Engine& engine, const std::string& copy) {
  hang_up(engine);
  files_.erase(&engine);
  // What everybody holds is looked at.
  for (Engine* each : engines()) disk(*each).plan(Disk::Trouble::kNone, 0);
  check_scope(engine);
  engine.restore(copy);
  forget_what_went_with_the_disk();
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
  Site& original = any_site();
  Site& copy = sites_.emplace_back();
  copy.engine = std::make_unique<Engine>(clock_, ++engine_seed_, *headquarters_,
                                         original.engine->unit(), new_disk());
  copy.engine->clone_of(*original.engine);
  copy.engine->boot = original.engine->boot;
  copy.hub = original.hub == original.engine.get() ? nullptr : original.hub;
  ++clones_;
  return true;
}

}  // namespace sitelog::simulation
