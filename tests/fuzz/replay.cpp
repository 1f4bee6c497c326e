// Runs the committed inputs of fuzz targets: fuzz_replay NAME FOLDER…, or fuzz_replay --list.
// Fails where an input breaks a law, or where there is nothing to run.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "tests/fuzz/target.hpp"

namespace fs = std::filesystem;
using namespace sitelog::fuzz;

namespace {

std::vector<fs::path> inputs_in(const fs::path& place) {
  if (fs::is_regular_file(place)) return {place};
  std::vector<fs::path> out;
  if (!fs::is_directory(place)) return out;
  for (const auto& each : fs::directory_iterator(place)) {
    if (each.is_regular_file()) out.push_back(each.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  if (name == "--list") {
    for (const auto& [known, target] : targets()) std::printf("%s\n", known.c_str());
    return 0;
  }
  const auto target = targets().find(name);
  if (target == targets().end() || argc < 3) {
    std::fprintf(stderr, "usage: fuzz_replay NAME FILE-OR-FOLDER…, or fuzz_replay --list\n");
    return 2;
  }
  // The first place is the corpus and must hold something; others may be empty or missing.
  size_t count = 0;
  for (int i = 2; i < argc; ++i) {
    for (const fs::path& path : inputs_in(argv[i])) {
      std::fprintf(stderr, "%s\n", path.c_str());  // the last one named is the one that failed
      target->second(sitelog::as_bytes(content_of(path)));
      ++count;
    }
    if (count == 0) {
      std::fprintf(stderr, "there is no input in %s\n", argv[i]);
      return 1;
    }
  }
  std::printf("%zu inputs replayed\n", count);
  return 0;
}
