#include <algorithm>
#include <map>
#include <optional>

#include "support.hpp"
#include "sync/ledger/crypto.hpp"
#include "sync/ledger/plain_entry.hpp"

using namespace sitelog;

TEST_CASE("What an author encodes every reader decodes to the same entry") {
  rc::prop("for random entries", [](const Entry& entry) {
    const auto bytes = encode(entry);
    RC_ASSERT(bytes);
    const auto read = decode_entry(as_bytes(*bytes));
    RC_ASSERT(read);
    RC_ASSERT(*read == entry);
  });
}

namespace {

// What is read in place and, where that says it can't be, nothing.
std::optional<std::map<std::string, Value>> fields_in_place(BytesView bytes, std::string& person) {
  PlainEntry plain;
  if (!read_plain(bytes, plain)) return std::nullopt;
  std::map<std::string, Value> out;
  Value value("of the record before");
  for (const auto& [field, said] : plain.fields) {
    said.put(value);
    out[std::string(field)] = value;
  }
  person = std::string(plain.person);
  return out;
}

// Whether it says the same as decode_entry, or leaves it to that.
bool agrees(BytesView bytes, bool& read) {
  std::string person;
  const auto in_place = fields_in_place(bytes, person);
  read = in_place.has_value();
  if (!read) return true;
  const auto entry = decode_entry(bytes);
  if (!entry) return false;
  std::map<std::string, Value> fields;
  for (const Assignment& each : entry->assignments) fields[each.field] = each.value;
  return fields == *in_place && person == entry->person.name &&
         fields.size() == entry->assignments.size() && entry->parents.empty();
}

}  // namespace

TEST_CASE("An entry read in place says what the whole of it says, or is left to that") {
  size_t in_place = 0;
  rc::prop("for random first entries", [&](Entry entry) {
    entry.parents.clear();
    for (Assignment& each : entry.assignments) each.replaces.clear();
    std::sort(entry.assignments.begin(), entry.assignments.end(),
              [](const Assignment& a, const Assignment& b) { return a.field < b.field; });
    const auto bytes = encode(entry);
    RC_ASSERT(bytes);
    bool read = false;
    RC_ASSERT(agrees(as_bytes(*bytes), read));
    const bool structured =
        std::any_of(entry.assignments.begin(), entry.assignments.end(),
                    [](const Assignment& each) { return each.value.structure() != nullptr; });
    RC_ASSERT(read == !structured);
    in_place += read ? 1 : 0;
  });
  CHECK(in_place > 0);
}

TEST_CASE("What is written otherwise than authors write it is not read in place") {
  Entry entry = plain_entry();
  entry.parents.clear();
  entry.assignments = {{"a", "x", {}}, {"b", 1, {}}};
  const std::string good = *encode(entry);
  bool read = false;
  CHECK(agrees(as_bytes(good), read));
  CHECK(read);
  const auto is_left = [&](const std::string& bytes) {
    CHECK(agrees(as_bytes(bytes), read));
    CHECK_FALSE(read);
  };
  is_left(good + "\x80\x7d\x2a");  // a number of a newer version's
  is_left(good + good);            // said twice
  is_left(good.substr(0, good.size() - 1));
  Entry other = entry;
  std::swap(other.assignments[0], other.assignments[1]);
  is_left(unchecked_bytes_of(other));
  other.assignments = {{"a", "x", {}}, {"a", "y", {}}};
  is_left(unchecked_bytes_of(other));
  is_left(*encode(rich_entry()));
  // Any byte of it changed or cut off: no read beyond its end, and never another field than
  // decode_entry finds, where that takes it.
  for (size_t at = 0; at < good.size(); ++at) {
    std::string person;
    for (const char byte : {'\0', '\x7f', '\x80', '\xff', '\x0a', '\x12'}) {
      std::string bytes = good;
      bytes[at] = byte;
      const auto entry_read = decode_entry(as_bytes(bytes));
      if (entry_read) CHECK(agrees(as_bytes(bytes), read));
      (void)fields_in_place(as_bytes(bytes), person);
    }
    (void)fields_in_place(as_bytes(std::string_view(good).substr(0, at)), person);
  }
}

TEST_CASE("The encoding of an entry is always the same bytes") {
  rc::prop("for random entries", [](const Entry& entry) {
    const auto bytes = encode(entry);
    RC_ASSERT(bytes);
    RC_ASSERT(*bytes == *encode(entry));
    RC_ASSERT(*bytes == *encode(*decode_entry(as_bytes(*bytes))));
    RC_ASSERT(*bytes == unchecked_bytes_of(entry));
  });
}

TEST_CASE("An earlier entry that is referred to many times is named once") {
  Entry entry = rich_entry();
  const auto few = encode(entry);
  REQUIRE(few);
  const EntryName earlier = entry.parents.front();
  for (int i = 0; i < 50; ++i) {
    entry.assignments.push_back({"field" + std::to_string(i), 1, {earlier}});
  }
  const auto many = encode(entry);
  REQUIRE(many);
  size_t found = 0;
  for (size_t at = many->find(as_text(earlier.view())); at != std::string::npos;
       at = many->find(as_text(earlier.view()), at + 1)) {
    ++found;
  }
  CHECK(found == 1);
}

TEST_CASE("Fields that a newer version added are passed over, and stay part of what is hashed") {
  const Entry entry = rich_entry();
  const std::string bytes = unchecked_bytes_of(entry);
  // Field 2000 as a number and field 2001 as bytes, at the top.
  const std::string newer = bytes + "\x80\x7d\x2a" + "\x8a\x7d\x03new";
  const auto read = decode_entry(as_bytes(newer));
  REQUIRE(read);
  CHECK(*read == entry);
  CHECK(sha256(as_bytes(newer)) != sha256(as_bytes(bytes)));
  CHECK(chain_next(Hash{}, as_bytes(newer)) != chain_next(Hash{}, as_bytes(*encode(*read))));
}

TEST_CASE("A newer version's fields inside assignments and clock are passed over too") {
  ledger::Entry message = message_of(rich_entry());
  message.mutable_clock()->MergeFromString("\x80\x7d\x2a");
  message.mutable_assignments(1)->MergeFromString("\x8a\x7d\x03new");
  message.mutable_assignments(1)->mutable_value()->MergeFromString("\x80\x7d\x01");
  const auto read = decode_entry(as_bytes(message.SerializeAsString()));
  REQUIRE(read);
  CHECK(*read == rich_entry());
}

TEST_CASE("A value of a kind that is not known yet is refused") {
  ledger::Entry message = message_of(plain_entry());
  message.mutable_assignments(0)->mutable_value()->clear_kind();
  message.mutable_assignments(0)->mutable_value()->MergeFromString("\x80\x7d\x2a");
  CHECK(outcome_of(decode_entry(as_bytes(message.SerializeAsString()))) ==
        "malformed: kind of a value");
}

TEST_CASE("Wrong clocks are accepted") {
  for (const int64_t wall : {int64_t{0}, int64_t{-1}, int64_t{-62'135'596'800'000},
                             int64_t{253'402'300'799'999}, int64_t{978'307'200'000}}) {
    Entry entry = plain_entry();
    entry.clock.wall.ms = wall;
    const auto bytes = encode(entry);
    REQUIRE(bytes);
    CHECK(*decode_entry(as_bytes(*bytes)) == entry);
  }
}

TEST_CASE("An entry may lack a person and a clock reading, but not a record, form or assignment") {
  Entry entry = plain_entry();
  entry.person.name.clear();
  CHECK(outcome_of(encode(entry)) == "accepted");
  ledger::Entry message = message_of(plain_entry());
  message.clear_clock();
  CHECK(outcome_of(decode_entry(as_bytes(message.SerializeAsString()))) == "accepted");
  entry = plain_entry();
  entry.form.clear();
  CHECK(outcome_of(encode(entry)) == "malformed: form");
  entry = plain_entry();
  entry.assignments.clear();
  CHECK(outcome_of(encode(entry)) == "malformed: no assignments");
  entry = plain_entry();
  entry.assignments[0].field.clear();
  CHECK(outcome_of(encode(entry)) == "malformed: field");
}
