// The same on real stores: a site's and headquarters', in SQLite files that every input finds as
// they were.
#include "tests/fuzz/material.hpp"
#include "tests/fuzz/session_play.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/engine.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

struct World {
  VirtualClock clock;
  Engine headquarters{clock, 4};
  Engine site{clock, 3, headquarters, kPlayBook};
  RecordId record;

  World() {
    headquarters.set_campaign("c", "*");
    headquarters.grant(site, kPlayBook);
    record = site.add_event("first");
  }
};

// What is done to the store is undone at the end, as when a commit fails.
class Undone {
 public:
  explicit Undone(Engine& engine) : engine_(engine) { engine_.store().begin(); }
  ~Undone() {
    engine_.store().rollback();
    engine_.reopen();
  }

 private:
  Engine& engine_;
};

PlayEnd end_of(Engine& engine, const Engine& other, const RecordId& record) {
  PlayEnd out;
  out.replica = &engine.store();
  out.own = engine.device();
  out.peer = other.as_peer();
  out.write = [&engine, record](const std::string& title) {
    const auto state = engine.store().state(kPlayBook, record, "event");
    const Entry entry = compose(state ? &*state : nullptr, record, "event",
                                {{"title", Value(to_hex(as_bytes(title)))}});
    MUST(static_cast<bool>(engine.store().write(kPlayBook, entry, engine.now(), "ana")));
  };
  return out;
}

}  // namespace

FUZZ_TARGET(session_store) {
  static World world;
  Choices choices(input);
  const Undone of_site(world.site);
  const Undone of_headquarters(world.headquarters);
  PlayEnd site = end_of(world.site, world.headquarters, world.record);
  PlayEnd headquarters = end_of(world.headquarters, world.site, world.record);
  play(choices, site, headquarters);
  world.site.store().flush();
  world.headquarters.store().flush();
  MUST(world.site.state_digest(kPlayBook) == world.headquarters.state_digest(kPlayBook));
}
