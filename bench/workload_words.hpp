#pragma once

// What the workload's texts are made of, in UTF-8. Words are parted by blanks, characters are not.
namespace sitelog::bench {

extern const char* const kPlaceWords;
extern const char* const kTradeWords;
extern const char* const kCommonCharacters;
extern const char* const kSurnames;
extern const char* const kGivenNames;

}  // namespace sitelog::bench
