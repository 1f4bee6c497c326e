#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/connection.hpp"
#include "tests/simulation/dice.hpp"
#include "tests/simulation/looks.hpp"
#include "tests/support/disk.hpp"
#include "tests/support/rules_of_tomorrow.hpp"

namespace sitelog::simulation {

// Headquarters and two units with their devices, one of them perhaps behind a hub, on one clock,
// each on a disk of its own, with a schedule of steps and faults that follows from the seed alone.
// Each seed has its own share of each, so that some runs are nearly quiet and others are mostly one
// fault.
class World {
 public:
  // `log` gets one line for each step, where given.
  World(uint64_t seed, Counts& counts, std::ostream* log = nullptr);

  // Steps, heal, checks. Throws Broken.
  void run();
  uint64_t trace() const { return trace_.hash(); }

 private:
  static constexpr size_t kSitesMax = 10;
  struct Site {
    std::unique_ptr<TestDevice> device;
    std::unique_ptr<Connection> connection;
    std::vector<std::string> copies;
    TestDevice* hub = nullptr;  // it goes to headquarters by way of this one, mostly
    Versions speaks;
  };
  struct Event {
    BookCode unit;
    RecordId record;
  };
  // A kind of step. False: it could not be had just now.
  struct Step {
    const char* name;
    int weight;
    bool (World::*take)();
  };
  static const Step kSteps[];
  // What somebody does about what they saw.
  struct Deed {
    std::string what;
    RecordChange change;                 // none: there is nothing to be done
    std::optional<SeenCandidate> taken;  // of a conflict
  };
  struct Verdict {
    HeadsByField given_on;
    bool with_explanations = false;  // else as older builds gave it
  };

  // What people do (people.cpp).
  bool record();
  bool edit();
  bool void_event();
  bool decide();
  bool review();
  bool send();
  bool speak();
  bool begin_again(TestDevice& device, const Event& event,
                   const std::map<std::string, Value>& values);
  std::optional<Value> sent_earlier(TestDevice& device, const Event& event);
  bool set_policy();
  bool set_campaign();
  bool set_unit();
  bool enrol();
  bool revoke();
  bool reinstate();
  bool install_other_version();
  bool draw_agreement_key();
  bool set_rules();
  bool record_of_no_unit();
  // What people do who looked at something before (people_who_look.cpp).
  bool look();
  bool act_on_look();
  bool look_and_act();
  bool void_unseen();
  // What links do (links.cpp).
  bool connect();
  bool deliver();
  bool push();
  bool tick();
  bool hang_up();
  bool clog();
  bool unclog();
  bool partition();
  // What goes wrong with machines (machines.cpp).
  bool crash();
  bool crash_in_writing();
  bool plan_disk_trouble();
  bool jump_clock();
  bool boot_without_clock();
  bool take_copy();
  bool restore_site();
  bool restore_headquarters();
  bool clone();
  bool mornings();

  // What may be known of the world.
  std::vector<TestDevice*> devices();
  TestDevice& any_device();
  Site& any_site() { return dice_.pick(sites_); }
  Site* any_connected();
  // One that the device shows.
  std::optional<Event> any_event(TestDevice& device);
  std::optional<Event> any_event_in_conflict(TestDevice& device, const std::string& field = {});
  Value any_value(const std::string& field);
  std::map<std::string, Value> any_edit();
  Deed any_deed(const Look& look);
  void set_policy(const BookCode& unit, const std::string& field);
  bool revoked(const TestDevice& site);
  static Disk& disk(TestDevice& device) { return static_cast<Disk&>(device.folder()); }

  std::unique_ptr<Folder> new_disk();
  Site& add_site(const BookCode& unit);
  // A few events that every device of their unit holds.
  void begin_in_step();
  void take(const Step& step);
  bool write(TestDevice& device, const Event& event, const std::map<std::string, Value>& values);
  // What a device wrote must not be lost.
  void remember(TestDevice& device, const Written& written);
  bool act_on(const Look& look);
  void check_done(const Look& look, const Deed& deed, const ChangedAsSeen& outcome);
  void check_verdict(TestDevice& device, const FoundRecord& record);
  void restore(TestDevice& device, const std::string& copy);
  void sent(TestDevice& from, TestDevice& to, const Message& message, std::string_view frame);
  std::unique_ptr<Connection> connect(Site& site, TestDevice& upstream);
  void hang_up(TestDevice& device);
  // The device's process ends, or its machine, and runs again.
  void reopen(TestDevice& device, const char* how);
  void reopen_after_anything(TestDevice& device);
  // Devices whose disk failed them run again. False: there is none.
  bool mend_disks();
  void deliver_one(Site& site);
  void after_arrival(Site& site);
  // Entries that no replica holds any more went with a disk: nobody can bring them back.
  void forget_what_went_with_the_disk();
  // Into the trace and the log; into the log alone.
  void note(const std::string& what);
  void tell(const std::string& what);

  // After the faults (heal.cpp).
  void heal();
  void settle_live();
  void check_nothing_lost();
  // Everyone once; false when a site was not yet in step.
  bool sync_everyone(bool through_hubs);
  bool sync(Site& site, TestDevice& upstream);
  void sync_until_idle(bool through_hubs);
  void put_right();
  void go_on_writing();
  void check_agreement_keys(TestDevice& site);
  void install_newest_everywhere();
  void check_replicas();
  void check_verdicts();
  void check_records_of_no_unit();
  void check_healed(const std::map<const TestDevice*, std::set<std::string>>& held_before);

  Dice dice_;
  Counts& counts_;
  std::ostream* log_;
  Trace trace_;
  VirtualClock clock_;
  std::unique_ptr<TestDevice> headquarters_;
  std::vector<std::string> copies_of_headquarters_;
  std::deque<Site> sites_;
  std::map<const TestDevice*, std::unique_ptr<Database>> files_;  // as somebody else sees them
  std::set<std::string> recorded_;  // "book name" of what was committed, and not lost with a disk
  std::deque<Look> looks_;          // of those who have not acted yet
  std::map<EntryName, Verdict> verdicts_;
  std::vector<std::pair<const Step*, int>> schedule_;
  int message_faults_per_thousand_ = 0;
  std::vector<Fault> faults_;
  uint64_t device_seed_ = 0;
  size_t copies_ = 0;
  size_t clones_ = 0;
  bool has_mornings_ = false;  // which take long
  int64_t mornings_ = 0;
};

}  // namespace sitelog::simulation
