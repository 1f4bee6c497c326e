#pragma once

#include <map>
#include <string>

#include "sync/ledger/ids.hpp"
#include "sync/ledger/result.hpp"

// What every fuzz target is made of. A target takes any bytes and aborts where a law does not hold
// for them. In a fuzzer's build each one is a program of its own that libFuzzer drives; else all
// are in one program that replays the committed inputs (replay.cpp).
namespace sitelog::fuzz {

using Target = void (*)(BytesView input);

// The targets of this program, by name.
std::map<std::string, Target>& targets();

struct Entered {
  Entered(const char* name, Target target) { targets().emplace(name, target); }
};

// Says which law did not hold and aborts.
[[noreturn]] void broken(const char* law, const char* file, int line);

// A refusal names a known reason, its text has an argument for each {}, and what it quotes of an
// input of `input_bytes` is not longer than that input.
void check_refusal(const Refusal& refusal, size_t input_bytes);

}  // namespace sitelog::fuzz

#define MUST(law) ((law) ? void() : ::sitelog::fuzz::broken(#law, __FILE__, __LINE__))

#ifdef SITELOG_LIBFUZZER
#define FUZZ_TARGET(name)                                                   \
  static void name##_target(::sitelog::BytesView input);                    \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    name##_target({data, size});                                            \
    return 0;                                                               \
  }                                                                         \
  static void name##_target(::sitelog::BytesView input)
#else
#define FUZZ_TARGET(name)                                                     \
  static void name##_target(::sitelog::BytesView input);                      \
  static const ::sitelog::fuzz::Entered name##_entered(#name, name##_target); \
  static void name##_target(::sitelog::BytesView input)
#endif
