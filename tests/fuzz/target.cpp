#include "tests/fuzz/target.hpp"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>
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
  // What its places name: the next one, or one by its number.
  size_t wanted = 0;
  for (size_t at = 0; (at = refusal.text.find('{', at)) != std::string::npos; ++at) {
    const char next = at + 1 < refusal.text.size() ? refusal.text[at + 1] : '\0';
    if (next == '}') ++wanted;
    if (next >= '0' && next <= '9') wanted = std::max(wanted, size_t(next - '0') + 1);
  }
  // A list of what there is stands there twice, in English and for the translation in Chinese.
  MUST(wanted == refusal.args.size() ||
       (wanted + 1 == refusal.args.size() && refusal.text.ends_with(": {}")));
  MUST(describe(refusal).size() <= input_bytes + 4096);
}

}  // namespace sitelog::fuzz
