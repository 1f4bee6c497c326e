#include "tests/fuzz/target.hpp"

#include <google/protobuf/stubs/logging.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace sitelog::fuzz {

namespace {
// Protobuf tells each text that is not UTF-8 on stderr; here nearly all of them aren't.
const google::protobuf::LogSilencer quiet;
}  // namespace

std::map<std::string, Target>& targets() {
  static std::map<std::string, Target> all;
  return all;
}

void broken(const char* law, const char* file, int line) {
  std::fprintf(stderr, "this does not hold: %s (%s:%d)\n", law, file, line);
  std::abort();
}

void check_refusal(const Refusal& refusal, size_t input_bytes) {
  MUST(std::string_view(name_of(refusal.reason)) != "unknown");
  MUST(!refusal.text.empty());
  size_t wanted = 0;
  for (size_t at = 0; (at = refusal.text.find("{}", at)) != std::string::npos; at += 2) ++wanted;
  // A list of choices stands there twice, in English and for the translation in Chinese.
  MUST(wanted == refusal.args.size() ||
       (wanted + 1 == refusal.args.size() && refusal.text.ends_with("one of: {}")));
  MUST(describe(refusal).size() <= input_bytes + 4096);
}

}  // namespace sitelog::fuzz
