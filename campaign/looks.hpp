#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// What texts look like to people, who tell units, devices and fields apart by them.
namespace sitelog {

// Code points of no width, fillers, directions, variants, controls, what is no character.
bool is_unseen(uint32_t point);
// Blanks of any width.
bool is_white(uint32_t point);

// Equal for texts that look alike: without regard to case, full or half width, how accents are
// composed, compatible forms (Unicode's NFKC_Casefold, UAX 31), white space and what isn't seen.
std::u32string looks_of(std::string_view text);

// As people would type it: plain and composed forms (NFKC), nothing that isn't seen. The case
// stays, and so does what is not UTF-8.
std::string plainly(std::string_view text);

}  // namespace sitelog
