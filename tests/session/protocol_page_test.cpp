#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "proto/sync.pb.h"
#include "sync/ledger/limits.hpp"

namespace {

std::string content_of(const std::string& path) {
  std::ifstream file(std::string(SITELOG_SOURCE_DIR) + "/" + path);
  REQUIRE(file);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("the protocol page shows every byte of the worked example") {
  const std::string page = content_of("docs/protocol.md");
  std::istringstream example(content_of("tests/unit/ledger/worked_example.txt"));
  int shown = 0;
  for (std::string line; std::getline(example, line);) {
    if (line.starts_with('#') || line.empty()) continue;
    CAPTURE(line);
    CHECK(page.find(line) != std::string::npos);
    ++shown;
  }
  CHECK(shown > 10);
}

TEST_CASE("the protocol page names every message") {
  const std::string page = content_of("docs/protocol.md");
  const std::string contract = content_of("proto/sync.proto");
  std::istringstream lines(
      contract.substr(contract.find("oneof body"),
                      contract.find("message BookDigest") - contract.find("oneof body")));
  int named = 0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string type, name, equals;
    if (!(words >> type >> name >> equals) || equals != "=") continue;
    CAPTURE(type);
    CHECK(page.find("| `" + type + "` |") != std::string::npos);
    ++named;
  }
  CHECK(named == 14);
}
