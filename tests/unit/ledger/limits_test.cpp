#include "sync/ledger/limits.hpp"

#include <functional>

#include "support.hpp"

using namespace sitelog;

namespace {

// An entry with `size` of something that is limited.
using Make = std::function<Entry(size_t size)>;

Entry with_value(Value value) {
  Entry entry = plain_entry();
  entry.assignments[0].value = std::move(value);
  return entry;
}

Entry referring_to(size_t names) {
  Entry entry = plain_entry();
  for (size_t i = 0; i < names; ++i) {
    EntryName name;
    name.bytes[0] = static_cast<uint8_t>(i >> 8);
    name.bytes[1] = static_cast<uint8_t>(i);
    (i % 2 == 0 ? entry.parents : entry.assignments[0].replaces).push_back(name);
  }
  return entry;
}

Entry with_members(size_t count) {
  Structure structure;
  for (size_t i = 0; i < count; ++i) structure.emplace("m" + std::to_string(i), 1);
  return with_value(std::move(structure));
}

// One whose encoding is exactly `size` bytes.
Entry of_bytes(size_t size) {
  Entry entry = with_value(std::string(size, 'x'));
  const size_t more = unchecked_bytes_of(entry).size() - size;
  entry = with_value(std::string(size - more, 'x'));
  return entry;
}

void check_limit(size_t most, const Make& make) {
  const auto at_limit = encode(make(most));
  INFO(outcome_of(at_limit));
  REQUIRE(at_limit);
  CHECK(outcome_of(decode_entry(as_bytes(*at_limit))) == "accepted");

  const Entry past = make(most + 1);
  const auto author = encode(past);
  const auto reader = decode_entry(as_bytes(unchecked_bytes_of(past)));
  REQUIRE_FALSE(author);
  REQUIRE_FALSE(reader);
  CHECK(author.refusal() == reader.refusal());
  const Reason reason = author.refusal().reason;
  CHECK((reason == Reason::kTooLarge || reason == Reason::kMalformed));
}

}  // namespace

TEST_CASE("Author and reader alike refuse an entry of too many bytes") {
  check_limit(limits::kEntryBytesMax, of_bytes);
}

TEST_CASE("Author and reader alike refuse too many assignments") {
  check_limit(limits::kAssignmentsMax, [](size_t count) {
    Entry entry = plain_entry();
    entry.assignments.clear();
    for (size_t i = 0; i < count; ++i)
      entry.assignments.push_back({"f" + std::to_string(i), 1, {}});
    return entry;
  });
}

TEST_CASE("Author and reader alike refuse references to too many earlier entries") {
  check_limit(limits::kSeenMax, referring_to);
}

TEST_CASE("Author and reader alike refuse an overlong name of a form") {
  check_limit(limits::kNameBytesMax, [](size_t size) {
    Entry entry = plain_entry();
    entry.form = std::string(size, 'f');
    return entry;
  });
}

TEST_CASE("Author and reader alike refuse an overlong name of a field") {
  check_limit(limits::kNameBytesMax, [](size_t size) {
    Entry entry = plain_entry();
    entry.assignments[0].field = std::string(size, 'f');
    return entry;
  });
}

TEST_CASE("Author and reader alike refuse an overlong name of a member") {
  check_limit(limits::kNameBytesMax, [](size_t size) {
    return with_value(Structure{{std::string(size, 'm'), 1}});
  });
}

TEST_CASE("Author and reader alike refuse an overlong person") {
  check_limit(limits::kPersonBytesMax, [](size_t size) {
    Entry entry = plain_entry();
    entry.person = std::string(size, 'p');
    return entry;
  });
}

TEST_CASE("Author and reader alike refuse a list of too many items") {
  check_limit(limits::kListItemsMax, [](size_t size) { return with_value(TextList(size, "x")); });
}

TEST_CASE("Author and reader alike refuse a structure of too many members") {
  check_limit(limits::kListItemsMax, with_members);
}

TEST_CASE("Author and reader alike refuse a value nested too deep") {
  check_limit(limits::kValueDepthMax,
              [](size_t levels) { return with_value(nested(static_cast<int>(levels))); });
}
