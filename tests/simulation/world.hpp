#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/connection.hpp"
#include "tests/simulation/dice.hpp"

namespace sitelog::simulation {

// Headquarters and two units with their devices, on one clock, with a schedule of steps and faults
// that follows from the seed alone. Each seed has its own share of each, so that some runs are
// nearly quiet and others are mostly one fault.
class World {
 public:
  // `log` gets one line for each step, where given.
  World(uint64_t seed, Counts& counts, std::ostream* log = nullptr);

  // Steps, heal, checks. Throws Broken.
  void run();
  uint64_t trace() const { return trace_.hash(); }

 private:
  struct Site {
    std::unique_ptr<Engine> engine;
    std::unique_ptr<Connection> connection;
    std::vector<std::string> copies;
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

  // What people do.
  bool record();
  bool edit();
  bool void_event();
  bool decide();
  bool review();
  bool set_policy();
  bool set_campaign();
  bool enrol();
  bool revoke();
  bool reinstate();
  // What links do.
  bool connect();
  bool deliver();
  bool push();
  bool tick();
  bool hang_up();
  // What goes wrong.
  bool crash();
  bool crash_in_writing();
  bool jump_clock();
  bool new_boot();
  bool take_copy();
  bool restore_site();
  bool restore_headquarters();
  bool clone();

  // What may be known of the world.
  std::vector<Engine*> engines();
  Engine& any_engine();
  Site& any_site() { return dice_.pick(sites_); }
  // One that the engine shows.
  std::optional<Event> any_event(Engine& engine);
  Value any_value(const std::string& field);
  bool revoked(const Engine& site);

  // A few events that every device of their unit holds.
  void begin_in_step();
  Site& add_site(const BookCode& unit);
  bool write(Engine& engine, const Event& event, const std::map<std::string, Value>& values);
  void restore(Engine& engine, const std::string& copy);
  void sent(Engine& from, const Message& message, std::string_view frame);
  std::unique_ptr<Connection> connect(Site& site);
  void hang_up(Engine& engine);
  void reopen(Engine& engine);
  void deliver_one(Site& site);
  void after_arrival(Site& site);
  // Entries that no replica holds any more went with a disk: nobody can bring them back.
  void forget_what_went_with_the_disk();
  void note(const std::string& what);

  // After the faults.
  void heal();
  void check_nothing_lost(const std::set<std::string>& held_anywhere);
  // Everyone once; false when a site was not yet in step.
  bool sync_everyone();
  bool sync(Site& site);
  void check_healed(const std::map<const Engine*, std::set<std::string>>& held_before);

  Dice dice_;
  Counts& counts_;
  std::ostream* log_;
  Trace trace_;
  VirtualClock clock_;
  std::unique_ptr<Engine> headquarters_;
  std::vector<std::string> copies_of_headquarters_;
  std::vector<Site> sites_;
  std::map<const Engine*, std::unique_ptr<Database>> files_;  // as somebody else sees them
  std::set<std::string> recorded_;  // "book name" of what was committed, and not lost with a disk
  std::vector<std::pair<const Step*, int>> schedule_;
  int message_faults_per_thousand_ = 0;
  std::vector<Fault> faults_;
  uint64_t engine_seed_ = 0;
  size_t copies_ = 0;
  size_t clones_ = 0;
};

}  // namespace sitelog::simulation
