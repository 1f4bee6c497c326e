#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "campaign/campaign_catalogue.hpp"
#include "campaign/units.hpp"
#include "engine/identity.hpp"
#include "engine/last_unit.hpp"
#include "engine/reading_copy.hpp"
#include "engine/recorded_before.hpp"
#include "engine/system.hpp"
#include "sync/store/folder.hpp"
#include "sync/store/readers.hpp"
#include "sync/store/store_thread.hpp"

namespace sitelog {

// One data folder in use by this process: its identity, its store on the store's thread, what its
// campaigns say. Headquarters and sites are both this; what they do with it differs. On a medium
// that can't be written to there is no store: it can be read.
class Engine {
 public:
  // `purpose` is what others are told while the folder is taken. Refuses what DataFolder::open,
  // load_identity and Store::open refuse. `on_opening` is told how far it is, while this lasts.
  static Result<std::unique_ptr<Engine>> open(const std::string& path, const std::string& purpose,
                                              int64_t wait_ms = 5000,
                                              const OnOpening& on_opening = {});

  // Runs `task(Store&, const CampaignCatalogue&)` as part of the next transaction; gives back its
  // result once that is durable. Any thread but the store's.
  template <class Task>
  auto call(Task task) {
    look_at_asker();
    return store().call([this, note = noting(), task = std::move(task)](Store& store) mutable {
      const size_t before = store.written().size();
      auto out = task(store, std::as_const(*catalogue_));
      if (note != nullptr && store.written().size() > before) {
        (*note)(store, store.written()[before]);
      }
      return out;
    });
  }
  // While it lives `note` is told, within the transaction, of the first entry that each `call` by
  // this thread wrote. One at a time.
  class Noting {
   public:
    using Note = std::function<void(Store&, const Written&)>;
    explicit Noting(Note note);
    ~Noting();
    Noting(const Noting&) = delete;
    Noting& operator=(const Noting&) = delete;

   private:
    friend class Engine;
    const Note note_;
  };
  // While it lives, `call` and `read` by this thread throw AskerGone where whoever asked may have
  // no more done. That is looked at a few times a second.
  class Asking {
   public:
    explicit Asking(const std::function<bool()>& may_go_on);
    ~Asking();
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

   private:
    friend class Engine;
    const std::function<bool()>& may_go_on_;
    const Asking* const before_;
    mutable std::chrono::steady_clock::time_point looked_;
  };
  struct AskerGone {};
  // The campaigns as everything durable says, beside all writing; it stays as it is. Any thread.
  std::shared_ptr<const CampaignCatalogue> campaigns() const;
  // Runs `task(const CampaignCatalogue&)` on that, on this thread.
  template <class Task>
  auto with_catalogue(Task task) {
    look_at_asker();
    return task(*campaigns());
  }
  // Runs `task(const Queries&)` on this thread, beside all writing, seeing one moment.
  template <class Task>
  auto read(Task task) {
    look_at_asker();
    return readers_->read(std::move(task));
  }

  // The tree of units as this reader sees it; read once and kept until a unit changes. Any thread
  // but the store's.
  std::shared_ptr<const UnitTree> units(const Queries& queries);

  // What was called is done, the data file is closed and nothing lies beside it any more. Nobody
  // reads or calls from then on.
  void close();

  // For work that is already on the store's thread.
  const CampaignCatalogue& catalogue() const { return *catalogue_; }
  RecentMarks& recent_marks() { return *recent_marks_; }
  LastUnit& last_unit() { return *last_unit_; }
  // Throws StoreError where the folder can only be read.
  StoreThread& store();
  const DataFolder& folder() const { return folder_; }
  // What is read: the folder's data file, or a copy of it (reading_copy.hpp).
  std::string data_file() const { return copy_ ? copy_->database() : folder_.database(); }
  // But for the addresses, which change while it is open.
  const Identity& identity() const { return identity_; }
  // Of headquarters, HOST:PORT, the last used first. Any thread.
  std::vector<std::string> addresses() const;
  // Puts this one first and keeps it. Any thread.
  void use_address(const std::string& address);
  // What a failed write says to people. Called on the store's thread.
  std::function<void(const std::string&)> on_failure = [](const std::string&) {};
  // At headquarters: its clock is doubted from now on, or no more. Called on the store's thread.
  std::function<void(const ClockBelief&)> on_clock = [](const ClockBelief&) {};

 private:
  Engine(DataFolder folder, Identity identity);
  static const Noting::Note* noting();  // of this thread; null: nobody
  static void look_at_asker();
  void publish_campaigns();  // on the store's thread, once durable

  DataFolder folder_;
  OnOpening on_opening_;          // while it is opened first
  mutable std::mutex addresses_;  // guards those in
  Identity identity_;
  std::mutex reading_units_;  // guards the two
  std::shared_ptr<const UnitTree> units_;
  Hash units_of_;                         // the state of the common book that they were read from
  mutable std::mutex reading_campaigns_;  // guards the pointer
  std::shared_ptr<const CampaignCatalogue> campaigns_;
  // With the store, which is opened anew after a failure.
  std::unique_ptr<CampaignCatalogue> catalogue_;
  std::unique_ptr<RecentMarks> recent_marks_;
  std::unique_ptr<LastUnit> last_unit_;
  std::unique_ptr<StoreThread> store_;
  std::unique_ptr<ReadingCopy> copy_;
  std::unique_ptr<Readers> readers_;
};

// What a failed write or an unreadable file means to people.
Refusal refusal_of(const StoreError& error);

}  // namespace sitelog
