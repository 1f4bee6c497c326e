#include "client/pins.hpp"

#include <catch2/catch.hpp>

#include "engine/people.hpp"
#include "tests/support/folder.hpp"

using namespace sitelog;

namespace {

constexpr int64_t kNow = 1'700'000'000'000;
constexpr int64_t kMinute = 60'000;
const RecordId kZhang = person_record("张三"), kLi = person_record("李四");

struct Place {
  TemporaryFolder folder;
  std::optional<DataFolder> data;
  std::unique_ptr<Pins> pins;

  Place() {
    auto made = DataFolder::create(folder.file("home"), "test");
    REQUIRE(made);
    data.emplace(*std::move(made));
    open();
  }
  // As the next process does.
  void open() {
    auto opened = Pins::open(*data);
    REQUIRE(opened);
    pins = *std::move(opened);
  }
};

}  // namespace

TEST_CASE("a PIN is theirs alone, outlives the program, and lies nowhere as it is") {
  Place place;
  CHECK_FALSE(place.pins->has(kZhang, ""));
  place.pins->set(kZhang, "", "8042");
  place.open();
  CHECK(place.pins->has(kZhang, ""));
  CHECK(place.pins->check(kZhang, "", "8042", kNow));
  CHECK_FALSE(place.pins->check(kZhang, "", "8043", kNow));
  CHECK_FALSE(place.pins->check(kLi, "", "8042", kNow));
  CHECK(place.data->read(Pins::kFile)->find("8042") == std::string::npos);
  place.pins->forget(kZhang);
  place.open();
  CHECK_FALSE(place.pins->check(kZhang, "", "8042", kNow));
}

TEST_CASE("a PIN of before headquarters had them forgotten opens nothing") {
  Place place;
  place.pins->set(kZhang, "", "8042");
  CHECK_FALSE(place.pins->has(kZhang, "forgotten since"));
  CHECK_FALSE(place.pins->check(kZhang, "forgotten since", "8042", kNow));
  place.pins->set(kZhang, "forgotten since", "7315");
  CHECK(place.pins->check(kZhang, "forgotten since", "7315", kNow));
}

TEST_CASE("a PIN is dropped for good once another time was seen from which theirs hold") {
  Place place;
  place.pins->set(kZhang, "first", "8042");
  place.pins->set(kLi, "first", "7315");
  CHECK(place.pins->people().size() == 2);
  place.pins->drop_others({{kZhang, "second"}, {kLi, "first"}});
  place.open();
  CHECK_FALSE(place.pins->has(kZhang, "first"));
  CHECK_FALSE(place.pins->check(kZhang, "first", "8042", kNow));
  CHECK(place.pins->check(kLi, "first", "7315", kNow));
  place.pins->drop_others({{kZhang, "third"}});  // nothing is said of the others
  CHECK(place.pins->has(kLi, "first"));
}

TEST_CASE("wrong PINs make wait, also who ends the program or sets the clock back; others go on") {
  Place place;
  place.pins->set(kZhang, "", "8042");
  place.pins->set(kLi, "", "7315");
  for (int i = 0; i < limits::kPinTriesFree; ++i) {
    CHECK_FALSE(place.pins->check(kZhang, "", "0000", kNow));
    place.open();
  }
  CHECK_FALSE(place.pins->check(kZhang, "", "8042", kNow));  // right, and too soon
  CHECK(place.pins->check(kLi, "", "7315", kNow));
  CHECK(place.pins->check(kZhang, "", "8042", kNow + 1'000));
  for (int i = 0; i < 30; ++i) {
    CHECK_FALSE(place.pins->check(kZhang, "", "0000", kNow + i * 3'600'000LL));
  }
  const int64_t late = kNow + 30 * 3'600'000LL;
  CHECK_FALSE(place.pins->check(kZhang, "", "0000", late));
  place.open();
  CHECK_FALSE(place.pins->check(kZhang, "", "8042", late + 14 * kMinute));
  CHECK(place.pins->check(kZhang, "", "8042", late + 15 * kMinute));
}

TEST_CASE("wrong PINs of a time when the clock stood ahead make wait from now on, not until then") {
  Place place;
  place.pins->set(kZhang, "", "8042");
  const int64_t ahead = kNow + 400LL * 24 * 60 * kMinute;
  for (int i = 0; i < 30; ++i) {
    CHECK_FALSE(place.pins->check(kZhang, "", "0000", ahead + i * 3'600'000LL));
  }
  CHECK_FALSE(place.pins->check(kZhang, "", "8042", kNow));
  place.open();
  CHECK_FALSE(place.pins->check(kZhang, "", "8042", kNow + 14 * kMinute));
  CHECK(place.pins->check(kZhang, "", "8042", kNow + 15 * kMinute));
}

TEST_CASE("a PIN that is guessed first is refused") {
  for (const char* bad : {"", "123", "1111", "1234", "9876", "3456789", "abcd"}) {
    CHECK_FALSE(Pins::fit(bad));
  }
  CHECK_FALSE(Pins::fit(std::string(65, '1') + "2"));
  for (const char* good : {"8042", "1235", "2580", "井口慰问"}) CHECK(Pins::fit(good));
}

TEST_CASE(
    "who showed a PIN is here while they do something, and who did not until somebody else is") {
  Place place;
  CHECK_FALSE(place.pins->here(kNow));
  place.pins->come({kZhang, "张三", true, kNow});
  place.open();
  CHECK(place.pins->here(kNow + 14 * kMinute)->name == "张三");
  place.pins->note_use(kNow + 14 * kMinute);
  CHECK(place.pins->here(kNow + 28 * kMinute));
  CHECK_FALSE(place.pins->here(kNow + 30 * kMinute));
  CHECK_FALSE(place.pins->here(kNow - 2 * kMinute));  // the clock was set back
  place.pins->come({kLi, "李四", false, kNow});
  CHECK(place.pins->here(kNow + 9999 * kMinute)->name == "李四");
  place.pins->leave();
  place.open();
  CHECK_FALSE(place.pins->here(kNow));
}

TEST_CASE("a file of PINs that can't be read is told as damage") {
  Place place;
  for (const char* damaged : {"{", "[]", "{\"pins\":7}", "{\"pins\":[{\"person\":\"x\"}]}"}) {
    place.data->write(Pins::kFile, damaged);
    const auto opened = Pins::open(*place.data);
    REQUIRE_FALSE(opened);
    CHECK(opened.refusal().reason == Reason::kFolderDamaged);
  }
}
