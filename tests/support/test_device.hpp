#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "sync/merge/catalogue.hpp"
#include "sync/store/limits.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "sync/store/store.hpp"
#include "tests/support/folder.hpp"
#include "tests/support/rules_of_tomorrow.hpp"
#include "tests/support/small_catalogue.hpp"

namespace sitelog {

// Time for tests: all devices share it; it moves only when told to.
struct VirtualClock {
  int64_t true_ms = 1'700'000'000'000;
  void advance(int64_t ms) { true_ms += ms; }
};

// A store in a temporary folder with its device's key and clock: headquarters or one site. What
// happens follows from the seed alone.
class TestDevice {
 public:
  // Headquarters.
  TestDevice(VirtualClock& clock, uint64_t seed,
             std::unique_ptr<Folder> folder = std::make_unique<TemporaryFolder>());
  // A site of `unit`.
  TestDevice(VirtualClock& clock, uint64_t seed, const TestDevice& headquarters, BookCode unit,
             std::unique_ptr<Folder> folder = std::make_unique<TemporaryFolder>());

  Store& store() { return *store_; }
  const SigningKey& key() const { return key_; }
  DeviceId id() const { return key_.device(); }
  const BookCode& unit() const { return unit_; }
  bool is_headquarters() const { return unit_.empty(); }
  PublicKey headquarters() const { return headquarters_; }
  HeadquartersId headquarters_id() const { return sitelog::headquarters_id(headquarters_, {}); }
  Standing standing() const {
    return is_headquarters() ? Standing::authority() : Standing::device(unit_);
  }
  // This device as the other end sees it, when its certificate is for `unit()`.
  Peer as_peer() const { return {id(), standing()}; }
  ClockReading now() const;
  std::string database() const { return folder_->file("sitelog.db"); }
  Folder& folder() const { return *folder_; }

  // The device's clock: off by this much, and in this boot.
  int64_t clock_off_ms = 0;
  uint64_t boot = 1;
  // What the folder holds of an agreement key, from the next opening on.
  std::optional<AgreementPublicKey> agreement_key;
  // The rules that its program knows; another program runs from the next `reopen` on.
  const KnownRules* knows = &rules_of_today();
  // From the next `reopen` on.
  size_t streams_of_device_max = limits::kStreamsOfDeviceMax;

  // How much it keeps of one device, and what room it has; from the next `reopen` on.
  DeviceShare most_of_device = StoreOptions{}.most_of_device;
  std::function<std::optional<DiskSpace>()> space;

  // Opens the folder anew with this agreement key.
  void use_agreement_key(const AgreementPublicKey& key);

  // Closes the store as a crash does and opens it again.
  void reopen();
  void close() { store_.reset(); }
  bool is_open() const { return store_ != nullptr; }
  // A copy of all the device keeps, and the way back to it.
  std::string take_copy(const std::string& name);
  void restore(const std::string& copy);
  // Becomes a clone of `other`: same key, same data.
  void clone_of(TestDevice& other);

  // One transaction that sets `values` on a record, on top of what is shown here.
  Written write(const BookCode& book, const RecordId& record, const std::string& form,
                const std::map<std::string, Value>& values, const std::string& person = "ana");
  // An event in the own unit's book.
  RecordId add_event(const std::string& title, std::map<std::string, Value> more = {});
  void edit_event(const RecordId& record, const std::string& field, const Value& value);
  std::optional<RecordState> event(const RecordId& record, const BookCode& book = {});

  // Headquarters only.
  void grant(const TestDevice& site, const BookCode& unit);
  void revoke(const TestDevice& site, const BookCode& unit, const std::vector<Tip>& kept);
  void reinstate(const TestDevice& site, const BookCode& unit);
  void set_rules(uint64_t number);
  void set_policy(const BookCode& unit, const std::string& field, const std::string& policy);
  void set_campaign(const std::string& id, const std::string& counts,
                    const std::map<std::string, std::string>& policies = {});

  std::string book_digest(const BookCode& book) { return store_->digest(book).hex(); }
  std::string state_digest(const BookCode& book);
  int64_t count(const std::string& sql);
  std::vector<std::string> column(const std::string& sql);
  // Problems `verify_store` finds, one a line.
  std::string verified();

 private:
  void open();

  VirtualClock& clock_;
  std::unique_ptr<Folder> folder_;
  std::mt19937_64 random_;
  SigningKey key_;
  PublicKey headquarters_;
  BookCode unit_;
  std::unique_ptr<SmallCatalogue> catalogue_;
  std::unique_ptr<Store> store_;
};

// What a book holds, apart from the order and the rows it is kept in.
std::vector<std::string> entry_names(TestDevice& device, const BookCode& book);
// Everything a book shows: records, conflicts, quarantine and tallies as text, ascending.
std::vector<std::string> shown_of(TestDevice& device, const BookCode& book);

}  // namespace sitelog
