#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace sitelog {

// How whoever writes an entry was known where it was written. The numbers stand in entries
// (proto/ledger.proto): they never change. Of an entry that headquarters did not sign it is what
// the device says.
enum class KnownBy : uint8_t {
  kDeviceKey = 0,  // not at all: the device's key alone
  kFolder = 1,     // may open the data folder's files: its owner
  kPassword = 2,
  kToken = 3,  // a program, by a token of an account's
  kPin = 4,
};
const char* name_of(KnownBy how);
// kDeviceKey for a number that is none of these, as a later version may have.
KnownBy known_by_of(uint32_t number);

// Whom an entry names. A value.
struct Person {
  Person() = default;
  Person(std::string its_name) : name(std::move(its_name)) {}
  Person(const char* its_name) : name(its_name) {}
  Person(std::string its_name, std::string its_role, KnownBy how)
      : name(std::move(its_name)), role(std::move(its_role)), known_by(how) {}

  std::string name;  // empty: the device did it by itself
  std::string role;
  KnownBy known_by = KnownBy::kDeviceKey;

  bool operator==(const Person&) const = default;
};

}  // namespace sitelog
