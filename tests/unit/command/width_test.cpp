#include "command/terminal/width.hpp"

#include <catch2/catch.hpp>

using namespace sitelog;

TEST_CASE("Chinese characters and full-width signs take two columns") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("平顶山市") == 8);
  CHECK(display_width("（市、区）") == 10);
  CHECK(display_width("“五送”") == 6);  // quotation marks are narrow on a terminal in UTF-8
  CHECK(display_width("𠮷") == 2);      // beyond the basic plane
  CHECK(display_width("★×—") == 3);
}

TEST_CASE("combining marks and joiners take no column") {
  CHECK(display_width("e\xCC\x81") == 1);
  CHECK(display_width("\xE2\x80\x8B") == 0);
  CHECK(display_width("བོད་") == 3);
}

TEST_CASE("broken UTF-8 counts one column a byte and is never read past its end") {
  CHECK(display_width("\xE4\xB8") == 2);
  CHECK(display_width("\xFF\xC0\x80") == 3);
  CHECK(display_width("\xED\xA0\x80") == 3);  // a surrogate
  CHECK(display_width("\xF4\x90\x80\x80") == 4);
}

TEST_CASE("padding aligns by columns, not bytes") {
  CHECK(padded("县", 6) == "县    ");
  CHECK(padded("县", 6, Align::kRight) == "    县");
  CHECK(padded("县", 6, Align::kCentre) == "  县  ");
  CHECK(padded("平顶山", 4) == "平顶山");
}

TEST_CASE("clipping never cuts a character in half") {
  CHECK(clipped("平顶山市总工会", 14) == "平顶山市总工会");
  CHECK(clipped("平顶山市总工会", 8) == "平顶山…");
  CHECK(clipped("平顶山市总工会", 7) == "平顶山…");
  CHECK(clipped("平顶山市总工会", 6) == "平顶…");
  CHECK(clipped("abc", 2) == "a…");
  CHECK(clipped("abc", 0).empty());
}
