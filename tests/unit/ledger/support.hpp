#pragma once

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <catch2/catch.hpp>
#include <ostream>
#include <string>

#include "proto/ledger.pb.h"
#include "sync/ledger/entry.hpp"
#include "sync/ledger/stream.hpp"

// Random values and entries, and what an author without any scruples would write.
namespace sitelog {

// Text as people type it: any Unicode scalar values, of one to four bytes, NUL included.
rc::Gen<std::string> any_text();
// A value within the limits.
rc::Gen<Value> any_value();
// A name of 1 to 20 letters and digits.
rc::Gen<std::string> any_name();
// An entry within the limits.
rc::Gen<Entry> any_entry();
template <class Bytes>
rc::Gen<Bytes> any_bytes() {
  return rc::gen::map(
      rc::gen::container<std::vector<uint8_t>>(Bytes::kSize, rc::gen::arbitrary<uint8_t>()),
      [](const std::vector<uint8_t>& bytes) { return *Bytes::from(BytesView(bytes)); });
}

// The protocol message of an entry, whether or not it keeps to the limits.
ledger::Entry message_of(const Entry& entry);
std::string unchecked_bytes_of(const Entry& entry);

// A small entry that is in order; what a test spoils in one place.
Entry plain_entry();
// One that uses every field of the protocol.
Entry rich_entry();
// `levels` structures inside each other, a text in the innermost.
Value nested(int levels);

// "malformed: depth of a value", or "accepted".
std::string outcome_of(const Result<Entry>& result);
std::string outcome_of(const Result<std::string>& result);

std::ostream& operator<<(std::ostream& out, const Value& value);
std::ostream& operator<<(std::ostream& out, const Entry& entry);

}  // namespace sitelog

namespace rc {
template <>
struct Arbitrary<sitelog::Value> {
  static Gen<sitelog::Value> arbitrary() { return sitelog::any_value(); }
};
template <>
struct Arbitrary<sitelog::Entry> {
  static Gen<sitelog::Entry> arbitrary() { return sitelog::any_entry(); }
};
}  // namespace rc
