// Whatever headquarters took of a device, the unit's others get, however it was cut and signed.
#include <catch2/catch.hpp>

#include "sync/ledger/limits.hpp"
#include "tests/store/author.hpp"
#include "tests/support/wire.hpp"

using namespace sitelog;

namespace {

constexpr const char* kUnit = "u1";

// A device whose entries are written by hand, beside one that syncs as it should.
struct World {
  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice liar{clock, 2, headquarters, kUnit};
  TestDevice other{clock, 3, headquarters, kUnit};
  Author trunk{liar.key(), kUnit};

  World() {
    for (TestDevice* site : {&liar, &other}) headquarters.grant(*site, kUnit);
  }
  void bring(const Batch& batch) {
    headquarters.store().transact([&] {
      const auto kept = headquarters.store().append(liar.as_peer(), batch, headquarters.now());
      INFO((kept ? "" : describe(kept.refusal())));
      REQUIRE(kept);
      return 0;
    });
  }
  void check_passed_on() {
    Wire wire(other, headquarters);
    wire.run();
    CHECK(wire.caught_up());
    CHECK(wire.headquarters().refused().empty());
    const bool equal = entry_names(other, kUnit) == entry_names(headquarters, kUnit);
    CHECK(equal);
    CHECK(other.verified() == "");
  }
};

void write(Author& author, size_t entries, size_t bytes = 8) {
  for (size_t i = 0; i < entries; ++i) {
    std::string text = std::to_string(author.last()) + " of " + std::to_string(author.last() + i);
    text.resize(bytes, '.');
    author.write(std::move(text));
  }
}

}  // namespace

TEST_CASE("a way that parts within a span signed only at its end is passed on") {
  // As many entries as a batch takes, or as many bytes.
  const auto [span, bytes] =
      GENERATE(std::pair{limits::kBatchEntriesMax, size_t{8}},
               std::pair{limits::kBatchBytesMax / limits::kEntryBytesMax, limits::kEntryBytesMax});
  CAPTURE(span, bytes);
  World world;
  Author& trunk = world.trunk;
  write(trunk, 3 * span, bytes);
  for (uint64_t first = 1; first <= 3 * span; first += span) {
    world.bring(trunk.batch(first, first + span - 1));
  }
  // It ends before the trunk does, and so comes before it in every vector.
  Author branch = trunk.forked_at(span - 1);
  write(branch, 2, bytes);
  world.bring(branch.batch(span, span + 1));
  // A way from that one, and one from that.
  Author twig = branch;
  write(twig, span, bytes);
  world.bring(twig.batch(span + 2, 2 * span + 1));
  Author leaf = twig.forked_at(2 * span);
  write(leaf, span / 2, bytes);
  world.bring(leaf.batch(2 * span + 1, 2 * span + span / 2));
  world.check_passed_on();
}

TEST_CASE("the way that is passed on first does not depend on how ways end") {
  World world;
  constexpr uint64_t kSpan = limits::kBatchEntriesMax;
  write(world.trunk, 2 * kSpan);
  world.bring(world.trunk.batch(1, kSpan));
  world.bring(world.trunk.batch(kSpan + 1, 2 * kSpan));
  // A hundred ways from within the span, each of them longer than one batch from its beginning.
  for (uint64_t i = 0; i < 100; ++i) {
    Author branch = world.trunk.forked_at(kSpan - 1 - i);
    write(branch, kSpan / 2 + i);
    world.bring(branch.batch(kSpan - i, branch.last()));
  }
  world.check_passed_on();
}
