// The store on a disk that fails as disks do (tests/support/disk.hpp).
#include "tests/support/disk.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "sync/merge/forms.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

const BookCode kUnit = "u1";

// A site alone on its disk.
struct Site {
  // Of a device of the second seed little is packed in so few entries, of one of the third all.
  explicit Site(uint64_t seed, uint64_t device_seed = 2)
      : chance(seed),
        headquarters(clock, 1),
        device(clock, device_seed, headquarters, kUnit,
               std::make_unique<Disk>([this] { return chance(); })) {}

  Disk& disk() { return static_cast<Disk&>(device.folder()); }
  // Records until the disk fails; the ids of those that were told as saved.
  std::vector<RecordId> record_until_trouble(size_t at_most = 40) {
    std::vector<RecordId> saved;
    try {
      for (size_t i = 0; i < at_most; ++i) {
        saved.push_back(device.add_event("event " + std::to_string(i), {{"sessions", 1}}));
      }
    } catch (const StoreError&) {
      failed = true;
    }
    return saved;
  }
  void start_again() {
    device.close();
    disk().start();
    device.reopen();
  }
  bool holds(const RecordId& record) {
    Statement find(device.store().database(),
                   "SELECT count(*) FROM entries JOIN records USING (record_id)"
                   " WHERE record = ?1");
    return find.with(record).number_or(0) == 1;
  }
  // Each is there, and everything else follows from the entries.
  void check_holds(const std::vector<RecordId>& saved) {
    for (const RecordId& record : saved) CHECK(holds(record));
    CHECK(device.verified().empty());
  }

  std::mt19937_64 chance;
  VirtualClock clock;
  TestDevice headquarters;
  TestDevice device;
  bool failed = false;
};

}  // namespace

TEST_CASE("whatever call a power cut or a kill hits, what was told as saved is there afterwards") {
  for (const auto trouble : {Disk::Trouble::kPowerCut, Disk::Trouble::kKill}) {
    for (uint64_t call = 1; call <= 90; call += 3) {
      Site site(call);
      site.disk().plan(trouble, call);
      auto saved = site.record_until_trouble();
      INFO(name_of(trouble) << ", call " << call);
      CHECK(site.disk().take_met() == trouble);
      site.start_again();
      site.check_holds(saved);
      // And once more, at rest: nothing of it was saved by chance.
      for (const RecordId& more : site.record_until_trouble(3)) saved.push_back(more);
      site.disk().cut_power();
      site.start_again();
      site.check_holds(saved);
    }
  }
}

TEST_CASE("an entry told as saved after a failed sync outlives the next power cut") {
  int failed = 0;
  for (uint64_t call = 1; call <= 12; ++call) {
    Site site(call);
    site.disk().plan(Disk::Trouble::kSyncError, call);
    auto saved = site.record_until_trouble();
    INFO("sync " << call);
    if (!site.failed) continue;  // the sync of a checkpoint: nobody had to be told
    ++failed;
    site.device.close();
    site.device.reopen();
    for (const RecordId& more : site.record_until_trouble(3)) saved.push_back(more);
    site.disk().cut_power();
    site.start_again();
    site.check_holds(saved);
  }
  CHECK(failed > 0);
}

TEST_CASE("a write or read that fails, or a full disk, costs what was not yet saved and no more") {
  for (const auto trouble :
       {Disk::Trouble::kWriteError, Disk::Trouble::kReadError, Disk::Trouble::kFull}) {
    int met = 0;
    for (uint64_t call = 1; call <= 40; call += 4) {
      Site site(call);
      site.disk().plan(trouble, call);
      auto saved = site.record_until_trouble();
      INFO(name_of(trouble) << ", call " << call);
      if (site.disk().take_met() == trouble) ++met;
      site.disk().plan(Disk::Trouble::kNone, 0);
      site.disk().make_room();
      site.device.close();
      site.device.reopen();
      site.check_holds(saved);
      for (const RecordId& more : site.record_until_trouble(3)) saved.push_back(more);
      site.disk().cut_power();
      site.start_again();
      site.check_holds(saved);
    }
    INFO(name_of(trouble));
    CHECK(met > 0);
  }
}

TEST_CASE("a read that fails is told as that, and never as a damaged folder") {
  size_t met = 0;
  for (uint64_t call = 1; call <= 30; ++call) {
    Site site(call, 3);
    site.headquarters.grant(site.device, kUnit);
    sync(site.device, site.headquarters);
    const auto saved = site.record_until_trouble();
    REQUIRE(site.device.count("SELECT count(*) FROM blocks") > 0);
    site.device.reopen();
    site.disk().plan(Disk::Trouble::kReadError, call);
    INFO("read " << call);
    try {
      for (const RecordId& record : saved) {
        const auto shown = site.device.event(record);
        CHECK(shown.has_value());
      }
    } catch (const StoreError& error) {
      ++met;
      INFO(error.what());
      CHECK(error.kind() == StoreError::Kind::kOther);
    }
    site.disk().plan(Disk::Trouble::kNone, 0);
    CHECK(site.device.verified() == "");
  }
  CHECK(met > 3);
}

TEST_CASE("whatever call fails while entries are packed, nothing that was told as saved is lost") {
  for (const auto trouble :
       {Disk::Trouble::kKill, Disk::Trouble::kPowerCut, Disk::Trouble::kWriteError,
        Disk::Trouble::kSyncError, Disk::Trouble::kFull}) {
    size_t packed = 0;
    for (uint64_t call = 3; call <= 500; call += 23) {
      Site site(call, 3);
      site.disk().plan(trouble, call);
      auto saved = site.record_until_trouble();
      INFO(name_of(trouble) << ", call " << call);
      site.disk().plan(Disk::Trouble::kNone, 0);
      site.disk().make_room();
      site.start_again();
      site.check_holds(saved);
      if (site.device.count("SELECT count(*) FROM blocks") > 0) ++packed;
      for (const RecordId& more : site.record_until_trouble(30)) saved.push_back(more);
      site.disk().cut_power();
      site.start_again();
      site.check_holds(saved);
      CHECK(site.device.count("SELECT count(*) FROM blocks") > 0);
    }
    CHECK(packed > 5);
  }
}

TEST_CASE("headquarters whose disk fails while it packs a sync takes all of it the next time") {
  for (const auto trouble :
       {Disk::Trouble::kKill, Disk::Trouble::kPowerCut, Disk::Trouble::kWriteError,
        Disk::Trouble::kSyncError, Disk::Trouble::kFull}) {
    size_t failed = 0;
    for (uint64_t call = 1; call <= 400; call += call < 7 ? 1 : 37) {
      INFO(name_of(trouble) << ", call " << call);
      std::mt19937_64 chance(call);
      VirtualClock clock;
      TestDevice headquarters(clock, 1, std::make_unique<Disk>([&] { return chance(); }));
      TestDevice site(clock, 2, headquarters, kUnit);
      headquarters.grant(site, kUnit);
      for (int i = 0; i < 40; ++i) site.add_event("event " + std::to_string(i));
      auto& disk = static_cast<Disk&>(headquarters.folder());
      disk.plan(trouble, call);
      try {
        sync(site, headquarters);
      } catch (const StoreError&) {
        ++failed;
      }
      disk.plan(Disk::Trouble::kNone, 0);
      disk.make_room();
      headquarters.close();
      disk.start();
      headquarters.reopen();
      site.reopen();
      CHECK(headquarters.verified() == "");
      sync(site, headquarters);
      CHECK(headquarters.verified() == "");
      CHECK(headquarters.count("SELECT count(*) FROM blocks") > 2);
      CHECK(headquarters.state_digest(kUnit) == site.state_digest(kUnit));
      CHECK(shown_of(headquarters, kUnit) == shown_of(site, kUnit));
    }
    CHECK(failed >= 2);
  }
}

TEST_CASE("a disk for tests loses what was not synced, and only that") {
  Site site(3);
  site.device.store().database().run("PRAGMA synchronous = OFF");
  const RecordId lost = site.device.add_event("never synced");
  CHECK(!site.disk().is_synced(site.device.database() + "-wal"));
  bool ever_lost = false, ever_kept = false;
  for (int i = 0; i < 40 && !(ever_lost && ever_kept); ++i) {
    Site each(static_cast<uint64_t>(i) + 10);
    const RecordId safe = each.device.add_event("synced");
    each.device.store().database().run("PRAGMA synchronous = OFF");
    const RecordId unsafe = each.device.add_event("never synced");
    each.disk().cut_power();
    each.start_again();
    CHECK(each.holds(safe));
    (each.holds(unsafe) ? ever_kept : ever_lost) = true;
  }
  CHECK(ever_lost);
  CHECK(ever_kept);
  CHECK(site.holds(lost));  // it was not cut here
}
