#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace sitelog {

struct Value;

// The field was emptied on purpose. Not the same as never filled in.
struct Cleared {
  auto operator<=>(const Cleared&) const = default;
};
using TextList = std::vector<std::string>;
using Structure = std::map<std::string, Value>;

// What a field can hold.
struct Value {
  std::variant<Cleared, std::string, int64_t, bool, TextList, Structure> held;

  Value() = default;
  Value(std::string text) : held(std::move(text)) {}
  Value(const char* text) : held(std::string(text)) {}
  Value(int64_t integer) : held(integer) {}
  Value(int integer) : held(int64_t{integer}) {}
  Value(bool flag) : held(flag) {}
  Value(TextList list) : held(std::move(list)) {}
  Value(Structure structure);

  bool is_cleared() const { return std::holds_alternative<Cleared>(held); }
  const std::string* text() const { return std::get_if<std::string>(&held); }
  const int64_t* integer() const { return std::get_if<int64_t>(&held); }
  const bool* flag() const { return std::get_if<bool>(&held); }
  const TextList* list() const { return std::get_if<TextList>(&held); }
  const Structure* structure() const { return std::get_if<Structure>(&held); }
};

// A total order over values: by kind first. Equal values are equal for the merge.
std::strong_ordering operator<=>(const Value& a, const Value& b);
bool operator==(const Value& a, const Value& b);

inline Value::Value(Structure structure) : held(std::move(structure)) {}

}  // namespace sitelog
