#pragma once

#include <algorithm>
#include <string>

#include "sync/ledger/ids.hpp"

namespace sitelog::fuzz {

// Takes decisions and values off the front of an input; zeros once it is used up, so that a short
// input is a short story. `Recipe` writes what this reads.
class Choices {
 public:
  explicit Choices(BytesView input) : left_(input) {}

  bool empty() const { return left_.empty(); }
  uint8_t byte() {
    if (left_.empty()) return 0;
    const uint8_t out = left_.front();
    left_ = left_.subspan(1);
    return out;
  }
  // 0 … below - 1, of one byte; `below` is 1 to 256.
  size_t one_of(size_t below) { return byte() % below; }
  bool flag() { return byte() % 2 == 1; }
  // Eight bytes, big-endian.
  uint64_t number() {
    uint64_t out = 0;
    for (int i = 0; i < 8; ++i) out = out << 8 | byte();
    return out;
  }
  // Two bytes of length, then as many bytes; fewer where the input ends.
  std::string sized() {
    const size_t high = byte();
    const size_t told = high << 8 | byte();
    const size_t size = std::min(told, left_.size());
    std::string out(as_text(left_.first(size)));
    left_ = left_.subspan(size);
    return out;
  }
  std::string rest() {
    std::string out(as_text(left_));
    left_ = {};
    return out;
  }
  template <class Fixed>
  Fixed fixed() {
    Fixed out;
    for (uint8_t& each : out.bytes) each = byte();
    return out;
  }

 private:
  BytesView left_;
};

// Writes an input that `Choices` will read so.
class Recipe {
 public:
  Recipe& byte(size_t value) {
    out_ += static_cast<char>(value);
    return *this;
  }
  Recipe& number(uint64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) out_ += static_cast<char>(value >> shift);
    return *this;
  }
  Recipe& sized(std::string_view bytes) {
    byte(bytes.size() >> 8).byte(bytes.size() & 255);
    out_ += bytes;
    return *this;
  }
  Recipe& rest(std::string_view bytes) {
    out_ += bytes;
    return *this;
  }
  const std::string& bytes() const { return out_; }

 private:
  std::string out_;
};

}  // namespace sitelog::fuzz
