#include "command/terminal/qr.hpp"

#include <catch2/catch.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "command/terminal/width.hpp"
#include "tests/unit/command/lines.hpp"

using namespace sitelog;

namespace {

// Whether the module is drawn light, by column and row of modules in the picture.
bool light(const std::vector<std::string>& lines, size_t x, size_t y) {
  const std::string& line = lines[y / 2];
  size_t at = 0;
  for (size_t column = 0; column < x; ++column) at += character_at(line, at).bytes;
  const char32_t code = character_at(line, at).code;
  return code == U'█' || code == (y % 2 == 0 ? U'▀' : U'▄');
}

}  // namespace

TEST_CASE("a QR code is a square with a quiet zone and three finder patterns") {
  const auto drawn = qr_text("https://192.168.1.10:7443/#K7QM-2F9D");
  REQUIRE(drawn);
  const std::vector<std::string> lines = lines_of(*drawn);
  const size_t columns = display_width(lines[0]);
  CHECK((columns - 8 - 21) % 4 == 0);
  CHECK(lines.size() == (columns + 1) / 2);
  for (const std::string& line : lines) CHECK(display_width(line) == columns);
  for (size_t i = 0; i < columns; ++i) CHECK((light(lines, i, 0) && light(lines, 0, i)));
  const size_t far = columns - 4 - 7;
  const std::vector<std::pair<size_t, size_t>> corners = {{4, 4}, {far, 4}, {4, far}};
  for (const auto& [left, top] : corners) {
    for (size_t i = 0; i < 7; ++i) {
      CHECK_FALSE(light(lines, left + i, top));        // outer ring
      CHECK(light(lines, left + 1, top + 1 + i % 5));  // inner ring
    }
    CHECK_FALSE(light(lines, left + 3, top + 3));
  }
}

TEST_CASE("a QR code with its own colours ends them on every line") {
  const auto drawn = qr_text("单位", QrColours::kBlackOnWhite);
  REQUIRE(drawn);
  for (const std::string& line : lines_of(*drawn)) {
    CHECK(line.starts_with("\x1b["));
    CHECK(line.ends_with("\x1b[0m"));
  }
}

TEST_CASE("content that no QR code holds is refused") {
  CHECK(qr_text(std::string(2331, 'a')));
  const auto longer = qr_text(std::string(2332, 'a'));
  REQUIRE_FALSE(longer);
  CHECK(longer.refusal().reason == Reason::kTooLarge);
  CHECK_FALSE(qr_text(""));
}
