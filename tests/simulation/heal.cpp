// All faults off: everyone meets headquarters until nothing is left to say, then everything is
// checked.
#include "tests/simulation/checks.hpp"
#include "tests/simulation/reference.hpp"
#include "tests/simulation/world.hpp"

namespace sitelog::simulation {

namespace {

constexpr int kRoundsMax = 12;
constexpr size_t kMessagesMax = 2000;  // of one connection
constexpr size_t kMessagesIdle = 2;    // of a sync in which nothing has changed

std::string reasons(Session& session) {
  std::string out;
  if (session.failure()) out += "; " + describe(*session.failure());
  for (const Refusal& refusal : session.refused()) out += "; " + describe(refusal);
  return out;
}

std::string reasons(Connection& connection) {
  return reasons(connection.session(Connection::kSite)) + " /" +
         reasons(connection.session(Connection::kUpstream));
}

uint64_t rules_of(TestDevice& device) {
  return device.store().queries().rules().judged_by;
}

bool deliver_next(Connection& connection) {
  for (const auto end : {Connection::kUpstream, Connection::kSite}) {
    if (!connection.waiting(end)) continue;
    connection.deliver(end, Fault::kNone);
    return true;
  }
  return false;
}

}  // namespace

// A sync in good order, to the end, in one session. True when there was nothing to do.
bool World::sync(Site& site, TestDevice& upstream) {
  clock_.advance(100);
  const auto connection = connect(site, upstream);
  while (deliver_next(*connection)) {
    if (connection->arrived() > kMessagesMax) throw Broken("a sync does not end");
  }
  check_word_of(*connection);
  if (upstream.is_headquarters() && connection->session(Connection::kSite).established()) {
    check_held(*site.device, *headquarters_);
  }
  if (connection->caught_up()) {
    if (!upstream.is_headquarters()) {
      counts_["held by way of a hub"] += check_passed_on(*site.device, upstream);
    }
    return connection->arrived() - connection->passed_on() == kMessagesIdle;
  }
  tell("not caught up" + reasons(*connection));
  if (connection->session(Connection::kSite).failure()) return true;  // not let in: revoked
  if (!connection->refused()) {
    throw Broken("a sync without faults ends, and the two don't hold the same");
  }
  return false;
}

bool World::sync_everyone(bool through_hubs) {
  bool idle = true;
  for (Site& site : sites_) {
    const bool by_hub = through_hubs && site.hub != nullptr && !revoked(*site.hub);
    idle = sync(site, by_hub ? *site.hub : *headquarters_) && idle;
  }
  return idle;
}

void World::sync_until_idle(bool through_hubs) {
  for (int rounds = 0; !sync_everyone(through_hubs); ++rounds) {
    if (rounds > kRoundsMax) throw Broken("there is always something left to say");
  }
}

void World::begin_in_step() {
  for (int i = 0; i < 3; ++i) record();
  sync_everyone(false);
  sync_everyone(false);
}

// The connections that stand go on without faults: those that lost nothing reach the same state
// without a new beginning.
void World::settle_live() {
  std::vector<Site*> live;
  for (Site& site : sites_) {
    if (!site.connection || site.connection->lossy()) {
      site.connection.reset();
      continue;
    }
    site.connection->unclog(Connection::kSite);
    site.connection->unclog(Connection::kUpstream);
    live.push_back(&site);
  }
  for (bool more = true; more;) {
    more = false;
    for (Site* site : live) {
      Connection& connection = *site->connection;
      connection.push(Connection::kSite);
      connection.push(Connection::kUpstream);
      while (deliver_next(connection)) {
        more = true;
        if (connection.arrived() > kMessagesMax) throw Broken("a live connection never rests");
      }
    }
  }
  for (Site* site : live) {
    Connection& connection = *site->connection;
    check_word_of(connection);
    if (!connection.ended() && !connection.refused() && !connection.caught_up()) {
      throw Broken("the live connection of " + who(*site->device) +
                   " is at rest, and the two don't hold the same" + reasons(connection));
    }
    ++counts_["live connection settled"];
    site->connection.reset();
  }
}

void World::check_nothing_lost() {
  std::set<std::string> anywhere;
  for (TestDevice* device : devices()) anywhere.merge(entries_of(*device));
  for (const std::string& name : recorded_) {
    if (!anywhere.contains(name)) throw Broken("entry " + name + " was recorded and is lost");
  }
}

// What a restore or a revocation left behind, and programs that are not of today.
void World::put_right() {
  const bool reinstate = dice_.chance(500);
  for (Site& site : sites_) {
    TestDevice& device = *site.device;
    if (headquarters_->store().settings(device.unit()).grant(device.id()) == nullptr) {
      headquarters_->grant(device, device.unit());
    }
    if (reinstate && revoked(device)) headquarters_->reinstate(device, device.unit());
  }
}

// Work goes on, also where a disk was put back or copied.
void World::go_on_writing() {
  for (Site& site : sites_) {
    const Event event{site.device->unit(), site.device->store().new_record_id(site.device->now())};
    write(*site.device, event, {{"title", "after it all"}, {"sessions", 1}});
  }
}

void World::heal() {
  note("heal");
  for (TestDevice* device : devices()) {
    disk(*device).plan(Disk::Trouble::kNone, 0);
    disk(*device).make_room();
  }
  for (Site& site : sites_) site.speaks = {};
  check_nothing_lost();
  settle_live();
  std::map<const TestDevice*, std::set<std::string>> held;
  for (TestDevice* device : devices()) held[device] = entries_of(*device);
  sync_everyone(dice_.chance(500));
  put_right();
  sync_until_idle(true);
  sync_until_idle(false);
  check_healed(held);
  go_on_writing();
  sync_until_idle(dice_.chance(500));
  sync_until_idle(false);
  check_healed(held);
  check_replicas();
  install_newest_everywhere();
  for (const Site& site : sites_) {
    const TestDevice& device = *site.device;
    const Grant* grant = headquarters_->store().settings(device.unit()).grant(device.id());
    if (grant == nullptr) continue;
    for (const auto& [epoch, words] : grant->ahead) {
      counts_["words about a clock"] += words.said().size();
      ++counts_["streams whose clock stood ahead"];
    }
  }
}

void World::check_replicas() {
  for (TestDevice* device : devices()) {
    check_sound(*device);
    for (const BookCode& book : device->store().books()) check_reference(*device, book);
  }
  check_verdicts();
  check_records_of_no_unit();
}

// They are told among the books, and count in no unit's.
void World::check_records_of_no_unit() {
  const int64_t records =
      headquarters_->count("SELECT coalesce(sum(records), 0) FROM books WHERE code = ''");
  int64_t told = 0;
  const Queries& queries = headquarters_->store().queries();
  for (const BookStatus& book : queries.status(headquarters_->id(), std::nullopt)) {
    if (book.unit.empty()) told += book.records;
  }
  if (told != records) throw Broken("records of no unit are not told");
  for (const BookTally& tally : queries.tallies("c")) {
    if (tally.unit.empty()) throw Broken("records of no unit are counted");
  }
  counts_["records that belong to no unit"] += static_cast<uint64_t>(records);
}

// Headquarters knows a key of the site's (where copies of it drew several, one of them), and the
// site knows headquarters'.
void World::check_agreement_keys(TestDevice& site) {
  const Grant* grant = headquarters_->store().settings(site.unit()).grant(site.id());
  if (site.agreement_key && (grant == nullptr || !grant->agreement_key)) {
    throw Broken("the grant of " + who(site) + " says no agreement key");
  }
  if (!headquarters_->agreement_key) return;
  const Grant* top = site.store().settings(BookCode(kRootBook)).grant(headquarters_->id());
  if (top == nullptr || top->agreement_key != headquarters_->agreement_key) {
    throw Broken(who(site) + " does not know headquarters' agreement key");
  }
}

// Old programs beside new ones went on, each by the rules it knows. Now all know the newest, and
// agree without a word more.
void World::install_newest_everywhere() {
  const auto old = std::ranges::count_if(
      devices(), [](const TestDevice* device) { return device->knows != &rules_of_tomorrow(); });
  if (old == 0 || headquarters_->store().queries().rules().hold == 1) return;
  ++counts_["newest rules installed at the end"];
  for (TestDevice* device : devices()) {
    device->knows = &rules_of_tomorrow();
    reopen(*device, "newest rules installed");
  }
  check_healed({});
  check_replicas();
}

void World::check_healed(const std::map<const TestDevice*, std::set<std::string>>& held_before) {
  check_nothing_lost();
  const auto at_headquarters = entries_of(*headquarters_);
  for (TestDevice* device : devices()) {
    check_scope(*device);
    if (!device->is_headquarters()) {
      if (revoked(*device)) {
        ++counts_["device left out at the end"];
        continue;
      }
      for (const BookCode& book : {BookCode(kRootBook), device->unit()}) {
        if (rules_of(*device) == rules_of(*headquarters_)) {
          check_equal(*device, *headquarters_, book);
        } else {
          ++counts_["old rules beside new ones"];
          check_held_alike(*device, *headquarters_, book);
        }
      }
      check_all_held(*device);
      check_agreement_keys(*device);
    }
    const auto before = held_before.find(device);
    if (before == held_before.end()) continue;
    for (const std::string& name : before->second) {
      if (!at_headquarters.contains(name)) {
        throw Broken("entry " + name + " did not reach headquarters");
      }
    }
    for (const BookCode& book : device->store().books()) trace_.add(device->state_digest(book));
  }
  for (const std::string& name : at_headquarters) trace_.add(name);
}

}  // namespace sitelog::simulation
