#include <google/protobuf/stubs/logging.h>

#include <functional>

#include "support.hpp"
#include "sync/ledger/limits.hpp"

using namespace sitelog;

namespace {

std::string outcome_of_bytes(const std::string& bytes) {
  return outcome_of(decode_entry(as_bytes(bytes)));
}

// Refused, or decoded to an entry that any author could have written.
bool refused_or_sane(const std::string& bytes) {
  const auto read = decode_entry(as_bytes(bytes));
  if (!read) {
    const Reason reason = read.refusal().reason;
    return reason == Reason::kMalformed || reason == Reason::kTooLarge;
  }
  const auto again = encode(*read);
  return again && *decode_entry(as_bytes(*again)) == *read;
}

std::string spoilt(const std::function<void(ledger::Entry&)>& spoil) {
  ledger::Entry message = message_of(rich_entry());
  spoil(message);
  return outcome_of_bytes(message.SerializeAsString());
}

// A message of one field of bytes.
std::string wrapped(int field, const std::string& inside) {
  std::string out(1, static_cast<char>(field << 3 | 2));
  size_t size = inside.size();
  for (; size >= 0x80; size >>= 7) out += static_cast<char>(size | 0x80);
  out += static_cast<char>(size);
  return out + inside;
}

}  // namespace

TEST_CASE("An entry cut off at any byte is refused or decoded sanely") {
  const std::string whole = unchecked_bytes_of(rich_entry());
  for (size_t size = 0; size < whole.size(); ++size) {
    INFO(size << " of " << whole.size());
    CHECK(refused_or_sane(whole.substr(0, size)));
  }
}

TEST_CASE("An entry with any one bit flipped is refused or decoded sanely") {
  const google::protobuf::LogSilencer quiet;
  const std::string whole = unchecked_bytes_of(rich_entry());
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    INFO("bit " << bit);
    CHECK(refused_or_sane(flipped));
  }
}

TEST_CASE("Any bytes at all are refused or decoded sanely") {
  const google::protobuf::LogSilencer quiet;
  rc::prop("random bytes", [](const std::string& bytes) { RC_ASSERT(refused_or_sane(bytes)); });
  rc::prop("random entries with a random piece replaced", [](const Entry& entry) {
    std::string bytes = unchecked_bytes_of(entry);
    const size_t at = *rc::gen::inRange<size_t>(0, bytes.size());
    bytes.replace(at, *rc::gen::inRange<size_t>(0, 8), *rc::gen::arbitrary<std::string>());
    RC_ASSERT(refused_or_sane(bytes));
  });
}

TEST_CASE("Text that is not UTF-8 is refused by author and reader") {
  const google::protobuf::LogSilencer quiet;
  for (const std::string text : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe4\xb8",
                                 "ok\x80", "\xf8\x88\x80\x80\x80"}) {
    INFO(to_hex(as_bytes(text)));
    for (const auto& spoil : std::vector<std::function<void(Entry&)>>{
             [&](Entry& entry) { entry.form = text; },
             [&](Entry& entry) { entry.person = text; },
             [&](Entry& entry) { entry.assignments[0].field = text; },
             [&](Entry& entry) { entry.assignments[0].value = Value(text); },
             [&](Entry& entry) { entry.assignments[0].value = Value(TextList{text}); },
             [&](Entry& entry) {
               entry.assignments[0].value = Value(Structure{{text, 1}});
             },
         }) {
      Entry entry = plain_entry();
      spoil(entry);
      CHECK(outcome_of(encode(entry)) == "malformed: bytes");
      CHECK(outcome_of_bytes(unchecked_bytes_of(entry)) == "malformed: bytes");
    }
  }
}

TEST_CASE("Ids of a wrong length are refused") {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{15}, size_t{17}, size_t{32}}) {
    const std::string id(size, 'i');
    CHECK(spoilt([&](auto& entry) { entry.set_record(id); }) == "malformed: record");
    CHECK(spoilt([&](auto& entry) { entry.set_seen(0, id); }) == "malformed: seen");
    CHECK(spoilt([&](auto& entry) { entry.add_seen(id); }) == "malformed: seen");
  }
}

TEST_CASE("References out of range are refused") {
  for (const uint32_t index : {2U, 3U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
    CHECK(spoilt([&](auto& entry) { entry.add_parents(index); }) == "malformed: parents");
    CHECK(spoilt([&](auto& entry) { entry.mutable_assignments(0)->add_replaces(index); }) ==
          "malformed: replaces");
  }
}

TEST_CASE("A field assigned twice in one entry is refused by author and reader") {
  Entry entry = plain_entry();
  entry.assignments.push_back({"other", 1, {}});
  entry.assignments.push_back(entry.assignments.front());
  CHECK(outcome_of(encode(entry)) == "malformed: a field assigned twice");
  CHECK(outcome_of_bytes(unchecked_bytes_of(entry)) == "malformed: a field assigned twice");
}

TEST_CASE("An assignment without a value is refused") {
  CHECK(spoilt([](auto& entry) { entry.mutable_assignments(0)->clear_value(); }) ==
        "malformed: kind of a value");
  CHECK(spoilt([](auto& entry) {
          entry.mutable_assignments(0)->mutable_value()->mutable_structure()->add_member();
        }) == "malformed: kind of a value");
}

TEST_CASE("A hybrid time that is no number is refused") {
  CHECK(spoilt([](auto& entry) {
          entry.mutable_clock()->set_wall_ms(std::numeric_limits<int64_t>::max());
          entry.mutable_clock()->set_hybrid_ahead_ms(1);
        }) == "malformed: clock");
  CHECK(spoilt([](auto& entry) {
          entry.mutable_clock()->set_wall_ms(std::numeric_limits<int64_t>::min());
          entry.mutable_clock()->set_hybrid_ahead_ms(-1);
        }) == "malformed: clock");
}

TEST_CASE("An author's hybrid time too far from the wall clock is refused, not wrapped") {
  Entry entry = plain_entry();
  entry.clock.wall.ms = std::numeric_limits<int64_t>::min();
  entry.hybrid.wall_ms = std::numeric_limits<int64_t>::max();
  CHECK_FALSE(encode(entry));
}

TEST_CASE("A member named twice keeps its first value") {
  ledger::Entry message = message_of(plain_entry());
  auto* structure = message.mutable_assignments(0)->mutable_value()->mutable_structure();
  for (const int value : {1, 2}) {
    auto* member = structure->add_member();
    member->set_name("twice");
    member->mutable_value()->set_integer(value);
  }
  const auto read = decode_entry(as_bytes(message.SerializeAsString()));
  REQUIRE(read);
  CHECK(read->assignments[0].value == Value(Structure{{"twice", 1}}));
}

TEST_CASE("Structures nested without end are refused without exhausting the stack") {
  const auto nested_bytes = [](int levels) {
    std::string value = wrapped(1, "x");  // text
    for (int i = 0; i < levels; ++i) value = wrapped(5, wrapped(1, wrapped(2, value)));
    ledger::Entry rest = message_of(plain_entry());
    rest.clear_assignments();
    return rest.SerializeAsString() + wrapped(5, wrapped(1, "deep") + wrapped(2, value));
  };
  CHECK(outcome_of_bytes(nested_bytes(limits::kValueDepthMax)) == "accepted");
  for (const int levels : {limits::kValueDepthMax + 1, 20, 40, 100, 1000, 4000}) {
    REQUIRE(nested_bytes(levels).size() <= limits::kEntryBytesMax);
    CHECK(outcome_of_bytes(nested_bytes(levels)) != "accepted");
  }
}
