#include "support.hpp"
#include "sync/ledger/crypto.hpp"

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
