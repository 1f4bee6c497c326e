#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "campaign/calendar.hpp"
#include "sync/ledger/clock.hpp"

// What the core is never to ask by itself: the time, randomness, who is at the keyboard.
namespace sitelog {

ClockReading read_clock();
uint64_t random_number();
void fill_random(std::span<uint8_t> out);
// A std::array of them: random_bytes<KeySeed>().
template <class Array>
Array random_bytes() {
  Array out;
  fill_random(out);
  return out;
}
// The date at this place now.
Date today();
// When a day begins here: Unix milliseconds.
int64_t begin_of(const Date& day);
std::string user_name();
// "2026-03-14 15:09" at this place.
std::string local_time(int64_t unix_ms);

}  // namespace sitelog
