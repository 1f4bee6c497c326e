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
    {"send", 5, &World::send},
    {"speak at a station", 5, &World::speak},
    {"policy", 2, &World::set_policy},
    {"campaign", 2, &World::set_campaign},
    {"unit", 1, &World::set_unit},
    {"enrol", 1, &World::enrol},
    {"revoke", 1, &World::revoke},
    {"reinstate", 2, &World::reinstate},
    {"other version", 1, &World::install_other_version},
    {"agreement key", 1, &World::draw_agreement_key},
    {"rules", 1, &World::set_rules},
    {"record of no unit", 1, &World::record_of_no_unit},
    {"look", 8, &World::look},
    {"act on a look", 6, &World::act_on_look},
    {"look and act", 4, &World::look_and_act},
    {"void unseen", 2, &World::void_unseen},
    {"connect", 8, &World::connect},
    {"deliver", 40, &World::deliver},
    {"push", 8, &World::push},
    {"tick", 2, &World::tick},
    {"hang up", 3, &World::hang_up},
    {"clog", 2, &World::clog},
    {"unclog", 4, &World::unclog},
    {"one-way partition", 1, &World::partition},
    {"crash", 2, &World::crash},
    {"crash in writing", 2, &World::crash_in_writing},
    {"disk trouble planned", 4, &World::plan_disk_trouble},
    {"clock jump", 2, &World::jump_clock},
    {"boot without a clock", 2, &World::boot_without_clock},
    {"copy", 3, &World::take_copy},
    {"restore of a device", 2, &World::restore_site},
    {"restore of headquarters", 1, &World::restore_headquarters},
    {"clone", 1, &World::clone},
    {"mornings", 1, &World::mornings},
};

World::World(uint64_t seed, Counts& counts, std::ostream* log)
    : dice_(seed), counts_(counts), log_(log), device_seed_(seed * 100) {
  headquarters_ = std::make_unique<TestDevice>(clock_, ++device_seed_, new_disk());
  // What one chain may say is met soon here; a device that works on in others is an honest one.
  headquarters_->most_of_device.chains = 1000;
  headquarters_->reopen();
  headquarters_->set_campaign("c", "*");
  if (dice_.chance(600)) headquarters_->set_rules(dice_.chance(400) ? 3 : 4);
  for (const char* unit : kUnits) {
    const int64_t devices = dice_.between(2, 3);
    const size_t first = sites_.size();
    for (int64_t i = 0; i < devices; ++i) add_site(unit);
    if (dice_.chance(700)) continue;
    ++counts_["unit with a hub"];
    for (size_t i = first + 1; i < sites_.size(); ++i) sites_[i].hub = sites_[first].device.get();
  }
  begin_in_step();
  for (const Step& step : kSteps) {
    const int share[] = {0, 1, 1, 1, 4};
    const bool needed = step.take == &World::record || step.take == &World::deliver ||
                        step.take == static_cast<bool (World::*)()>(&World::connect);
    const int weight = step.weight * (needed ? 1 : dice_.pick(share));
    if (weight > 0) schedule_.emplace_back(&step, weight);
  }
  has_mornings_ = dice_.chance(150);
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
    take(*chosen);
  }
  heal();
}

void World::take(const Step& step) {
  try {
    if ((this->*step.take)()) ++counts_[step.name];
  } catch (const StoreError& error) {
    tell(error.what());
    if (!mend_disks()) throw Broken(std::string("a disk failed that is well: ") + error.what());
    return;
  }
  mend_disks();  // what SQLite met while tidying up is told to nobody
}

void World::note(const std::string& what) {
  trace_.add(what);
  tell(what);
}

void World::tell(const std::string& what) {
  if (log_ != nullptr) *log_ << "  " << what << "\n";
}

std::vector<TestDevice*> World::devices() {
  std::vector<TestDevice*> out{headquarters_.get()};
  for (const Site& site : sites_) out.push_back(site.device.get());
  return out;
}

TestDevice& World::any_device() {
  auto all = devices();
  return *dice_.pick(all);
}

std::optional<World::Event> World::any_event(TestDevice& device) {
  std::vector<Event> shown;
  Statement rows(device.store().database(),
                 "SELECT code, record FROM records JOIN books USING (book_id)"
                 " WHERE form = 'event' AND first_entry IS NOT NULL ORDER BY 1, 2");
  while (rows.step()) shown.push_back({rows.text(0), rows.fixed<RecordId>(1)});
  if (shown.empty()) return std::nullopt;
  // Most of the time the same few are worked on by everyone.
  if (dice_.chance(700)) shown.resize(std::min<size_t>(shown.size(), 3));
  return dice_.pick(shown);
}

std::optional<World::Event> World::any_event_in_conflict(TestDevice& device,
                                                         const std::string& field) {
  std::vector<Event> open;
  Statement rows(device.store().database(),
                 "SELECT DISTINCT code, record FROM conflicts JOIN records USING (record_id)"
                 " JOIN books USING (book_id) WHERE form = 'event' AND ?1 IN ('', field)"
                 " ORDER BY 1, 2");
  rows.with(field);
  while (rows.step()) open.push_back({rows.text(0), rows.fixed<RecordId>(1)});
  if (open.empty()) return std::nullopt;
  return dice_.pick(open);
}

bool World::revoked(const TestDevice& site) {
  const Grant* grant = headquarters_->store().settings(site.unit()).grant(site.id());
  return grant != nullptr && grant->revoked;
}

std::unique_ptr<Folder> World::new_disk() {
  return std::make_unique<Disk>([this] { return dice_.number(); });
}

World::Site& World::add_site(const BookCode& unit) {
  Site& site = sites_.emplace_back();
  site.device =
      std::make_unique<TestDevice>(clock_, ++device_seed_, *headquarters_, unit, new_disk());
  headquarters_->grant(*site.device, unit);
  return site;
}

bool World::write(TestDevice& device, const Event& event,
                  const std::map<std::string, Value>& values) {
  const Written written =
      device.write(event.unit, event.record, "event", values,
                   device.is_headquarters() ? "hq" : "p" + std::to_string(dice_.below(3)));
  if (written.number.value == 0) return false;  // nothing was changed by it
  remember(device, written);
  return true;
}

void World::remember(TestDevice& device, const Written& written) {
  recorded_.insert(written.book + " " + written.name.hex());
  trace_.add(written.name.hex());
  check_own_stream(device, written);
}

}  // namespace sitelog::simulation
