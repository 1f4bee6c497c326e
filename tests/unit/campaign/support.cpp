#include "support.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

namespace sitelog {

std::string read_source_file(const std::string& path) {
  std::ifstream file(std::string(SITELOG_SOURCE_DIR) + "/" + path, std::ios::binary);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string shipped_text(const std::string& id) {
  return read_source_file("campaign/definitions/" + id + ".toml");
}

Definition shipped(const std::string& id) {
  const auto parsed = parse_definition(shipped_text(id), id + ".toml");
  INFO(described(parsed.problems));
  REQUIRE(parsed);
  return *parsed;
}

std::vector<Unit> shipped_units() {
  const auto parsed = parse_units_csv(
      read_source_file("campaign/definitions/units-thousand-events.csv"), "units.csv");
  INFO(described(parsed.problems));
  REQUIRE(parsed);
  return *parsed;
}

std::string with(std::string text, const std::string& what, const std::string& instead) {
  const size_t at = text.find(what);
  INFO(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), instead);
}

std::string described(const std::vector<Refusal>& problems) {
  std::string out;
  for (const Refusal& problem : problems) out += describe(problem) + "\n";
  return out;
}

size_t line_with(const std::string& text, const std::string& what) {
  const size_t at = text.find(what);
  REQUIRE(at != std::string::npos);
  return 1 + static_cast<size_t>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

RecordState record_of(const RecordId& id, const std::string& form,
                      const std::map<std::string, Value>& values) {
  HistoryEntry first;
  first.origin.entry.bytes[0] = 1;
  first.entry = compose(nullptr, id, form, values);
  return begin_record(first);
}

}  // namespace sitelog
