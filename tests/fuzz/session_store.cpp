// The same on real stores: a site's and headquarters', in SQLite files that every input finds as
// they were.
#include "tests/fuzz/material.hpp"
#include "tests/fuzz/session_play.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/test_device.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

struct World {
  VirtualClock clock;
  TestDevice headquarters{clock, 4};
  TestDevice site{clock, 3, headquarters, kPlayBook};
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
  explicit Undone(TestDevice& device) : device_(device) { device_.store().begin(); }
  ~Undone() {
    device_.store().rollback();
    device_.reopen();
  }

 private:
  TestDevice& device_;
};

PlayEnd end_of(TestDevice& device, const TestDevice& other, const RecordId& record) {
  PlayEnd out;
  out.replica = &device.store();
  out.own = device.id();
  out.peer = other.as_peer();
  out.write = [&device, record](const std::string& title) {
    const auto state = device.store().state(kPlayBook, record, "event");
    const Entry entry = compose(state ? &*state : nullptr, record, "event",
                                {{"title", Value(to_hex(as_bytes(title)))}});
    MUST(static_cast<bool>(device.store().write(kPlayBook, entry, device.now(), "ana")));
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
