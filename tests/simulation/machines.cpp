// What goes wrong with machines: crashes, disks, clocks, copies.
#include "sync/merge/forms.hpp"
#include "tests/simulation/checks.hpp"
#include "tests/simulation/world.hpp"

namespace sitelog::simulation {

namespace {

constexpr size_t kClonesMax = 2;
constexpr int64_t kMorningsMax = 120;
constexpr int64_t kTroubleWithinCalls = 60;

}  // namespace

void World::reopen(TestDevice& device, const char* how) {
  ++counts_[how];
  note(how);
  hang_up(device);
  files_.erase(&device);
  device.close();
  disk(device).start();
  try {
    device.reopen();
  } catch (const StoreError& error) {
    // The disk fails again while the store is being opened; the next time it does not.
    tell(error.what());
    if (disk(device).take_met() == Disk::Trouble::kNone) throw;
    ++counts_["disk: failed at opening"];
    disk(device).make_room();
    device.close();
    disk(device).start();
    device.reopen();
  }
}

void World::reopen_after_anything(TestDevice& device) {
  const int64_t roll = dice_.below(2);
  if (roll == 0) disk(device).kill();
  if (roll == 1) disk(device).cut_power();
  reopen(device, roll == 0 ? "killed" : "power cut");
}

bool World::mend_disks() {
  bool any = false;
  for (TestDevice* device : devices()) {
    const Disk::Trouble met = disk(*device).take_met();
    if (met == Disk::Trouble::kNone) continue;
    any = true;
    ++counts_[name_of(met)];
    if (met == Disk::Trouble::kFull && dice_.chance(400)) disk(*device).make_room();
    reopen(*device, "opened again after trouble");
  }
  return any;
}

bool World::crash() {
  TestDevice& device = any_device();
  if (dice_.chance(200)) {
    reopen(device, "closed and opened");
  } else {
    reopen_after_anything(device);
  }
  return true;
}

// The machine dies with an entry written and its transaction open: it was never recorded.
bool World::crash_in_writing() {
  TestDevice& device = *any_site().device;
  device.store().begin();
  const RecordId record = device.store().new_record_id(device.now());
  const Entry entry = compose(nullptr, record, "event", {{"title", "never saved"}});
  (void)device.store().write(device.unit(), entry, device.now(), "ana");
  device.store().flush();
  reopen_after_anything(device);
  if (device.event(record)) throw Broken("a record is there that was not committed");
  return true;
}

bool World::plan_disk_trouble() {
  Disk& chosen = disk(any_device());
  if (chosen.has_plan()) return false;
  const Disk::Trouble troubles[] = {Disk::Trouble::kKill,      Disk::Trouble::kPowerCut,
                                    Disk::Trouble::kPowerCut,  Disk::Trouble::kWriteError,
                                    Disk::Trouble::kReadError, Disk::Trouble::kSyncError,
                                    Disk::Trouble::kFull};
  chosen.plan(dice_.pick(troubles), static_cast<uint64_t>(dice_.between(1, kTroubleWithinCalls)));
  return true;
}

bool World::jump_clock() {
  TestDevice& device = any_device();
  constexpr int64_t kScales[] = {1000, 3600 * 1000, 24LL * 3600 * 1000, 365LL * 24 * 3600 * 1000};
  device.clock_off_ms = dice_.chance(200) ? 0 : dice_.between(-30, 30) * dice_.pick(kScales);
  return true;
}

// A new boot, mostly with a clock that begins at some year of its own.
bool World::boot_without_clock() {
  TestDevice& device = any_device();
  device.boot = dice_.number() >> 1;
  if (dice_.chance(700)) {
    constexpr int64_t kBeginnings[] = {0, 315'532'800'000, 978'307'200'000, 1'262'304'000'000};
    device.clock_off_ms = dice_.pick(kBeginnings) - clock_.true_ms;
  }
  return true;
}

bool World::take_copy() {
  const std::string name = "copy" + std::to_string(++copies_) + ".db";
  if (dice_.chance(300)) {
    copies_of_headquarters_.push_back(headquarters_->take_copy(name));
  } else {
    Site& site = any_site();
    site.copies.push_back(site.device->take_copy(name));
  }
  return true;
}

void World::forget_what_went_with_the_disk() {
  std::set<std::string> held;
  for (TestDevice* device : devices()) held.merge(entries_of(*device));
  counts_["entries gone with a disk"] +=
      std::erase_if(recorded_, [&](const std::string& name) { return !held.contains(name); });
}

void World::restore(TestDevice& device, const std::string& copy) {
  hang_up(device);
  files_.erase(&device);
  // What everybody holds is looked at.
  for (TestDevice* each : devices()) disk(*each).plan(Disk::Trouble::kNone, 0);
  check_scope(device);
  device.restore(copy);
  forget_what_went_with_the_disk();
}

bool World::restore_site() {
  std::vector<Site*> with_copies;
  for (Site& site : sites_) {
    if (!site.copies.empty()) with_copies.push_back(&site);
  }
  if (with_copies.empty()) return false;
  Site& site = *dice_.pick(with_copies);
  restore(*site.device, dice_.pick(site.copies));
  return true;
}

bool World::restore_headquarters() {
  if (copies_of_headquarters_.empty()) return false;
  restore(*headquarters_, dice_.pick(copies_of_headquarters_));
  return true;
}

// A disk that is put back to the same image time and again, before anybody records: more ways of a
// stream than a vector lists.
bool World::mornings() {
  Site& site = any_site();
  if (!has_mornings_ || mornings_ >= kMorningsMax) return false;
  if (site.copies.empty()) {
    site.copies.push_back(site.device->take_copy("copy" + std::to_string(++copies_) + ".db"));
  }
  const std::string image = site.copies.front();
  for (int64_t i = dice_.between(1, 40); i > 0 && mornings_ < kMorningsMax; --i) {
    ++mornings_;
    restore(*site.device, image);
    TestDevice& device = *site.device;
    write(device, {device.unit(), device.store().new_record_id(device.now())},
          {{"title", any_value("title")}, {std::string(kFieldCampaign), "c"}});
    if (dice_.chance(900)) sync(site, *headquarters_);
  }
  return true;
}

bool World::clone() {
  if (clones_ >= kClonesMax || sites_.size() >= kSitesMax) return false;
  Site& original = any_site();
  Site& copy = sites_.emplace_back();
  copy.device = std::make_unique<TestDevice>(clock_, ++device_seed_, *headquarters_,
                                             original.device->unit(), new_disk());
  copy.device->clone_of(*original.device);
  copy.device->boot = original.device->boot;
  copy.hub = original.hub == original.device.get() ? nullptr : original.hub;
  ++clones_;
  return true;
}

}  // namespace sitelog::simulation
