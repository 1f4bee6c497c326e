#include "tests/store/fleet.hpp"

#include <catch2/catch.hpp>

namespace sitelog {

Fleet::Fleet() {
  headquarters.set_campaign("c", "*");
  headquarters.grant(a, kUnit);
  headquarters.grant(b, kUnit);
}

void Fleet::sync_all() {
  for (TestDevice* site : {&a, &b, &a}) sync(*site, headquarters);
}

void check_equal(std::vector<TestDevice*> devices, const BookCode& book) {
  for (TestDevice* device : devices) {
    CHECK(entry_names(*device, book) == entry_names(*devices[0], book));
    CHECK(device->book_digest(book) == devices[0]->book_digest(book));
    CHECK(shown_of(*device, book) == shown_of(*devices[0], book));
    CHECK(device->state_digest(book) == devices[0]->state_digest(book));
    CHECK(device->verified() == "");
  }
}

void check_nothing_twice(TestDevice& device) {
  CHECK(device.count("SELECT count(*) - count(DISTINCT name) FROM entries") == 0);
}

BookStatus status_of(TestDevice& device, const BookCode& book) {
  for (auto& status :
       device.store().queries().status(device.id(), device_of(device.headquarters()))) {
    if (status.unit == book) return status;
  }
  return {};
}

std::set<uint64_t> epochs_of(TestDevice& at, const TestDevice& author) {
  std::set<uint64_t> out;
  for (const Tip& tip : at.store().vector(kUnit)) {
    if (tip.stream.device == author.id()) out.insert(tip.stream.epoch.value);
  }
  return out;
}

}  // namespace sitelog
