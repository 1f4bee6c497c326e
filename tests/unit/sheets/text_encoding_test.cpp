#include "sheets/text_encoding.hpp"

#include <catch2/catch.hpp>

using namespace sitelog;
using namespace std::string_literals;

namespace {

std::string read(std::string_view bytes) {
  const auto text = text_as_utf8(bytes);
  return text ? *text : "refused";
}

}  // namespace

TEST_CASE("a text is read in UTF-8, UTF-16 and GB18030, with and without its mark") {
  CHECK(read("工,会\n") == "工,会\n");
  CHECK(read("\xEF\xBB\xBF工") == "工");
  CHECK(read("\xB9\xA4,\xBB\xE1") == "工,会");
  CHECK(read("\x95\x32\x82\x36") == "𠀀");  // four bytes: GB18030, not GBK
  CHECK(read("\xFF\xFE\xE5\x5D"s) == "工");
  CHECK(read("\xFE\xFF\x5D\xE5"s) == "工");
  CHECK(read("\xE5\x5D,\0\x1A\x4F"s) == "工,会");
  CHECK(read("\x5D\xE5\0,\x4F\x1A"s) == "工,会");
  CHECK(read("") == "");
}

TEST_CASE("what is no text in any of them is refused") {
  CHECK(read("\xFF\xFF\xFF") == "refused");
  CHECK(read("a\0b"s) == "refused");
  CHECK(read("\xEF\xBB\xBF\xFF") == "refused");
  CHECK(read("\xB9\xA4\xBB"s) == "refused");      // ends inside a character
  CHECK(read("\xFF\xFE\x00\xD8"s) == "refused");  // half a pair
  CHECK(read("\xFF\xFE\0\0a\0"s) == "refused");   // a zero
  CHECK(read("\0\0\0\0"s) == "refused");
}
