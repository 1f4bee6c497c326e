// Parts of a file, and its name, as HTTP says them.
#include "http/byte_range.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace sitelog;

TEST_CASE("a range is what RFC 9110 makes of it, and what is none is passed over") {
  const auto of = [](std::string_view field, uint64_t bytes) { return parse_range(field, bytes); };
  CHECK(of("bytes=0-0", 10)->range == ByteRange{0, 1});
  CHECK(of("bytes=3-", 10)->range == ByteRange{3, 7});
  CHECK(of("bytes=3-99", 10)->range == ByteRange{3, 7});
  CHECK(of("bytes=-4", 10)->range == ByteRange{6, 4});
  CHECK(of("bytes=-99", 10)->range == ByteRange{0, 10});
  CHECK(of(" bytes=1-2 ", 10)->range == ByteRange{1, 2});
  for (const char* behind : {"bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99-100"}) {
    INFO(behind);
    REQUIRE(of(behind, 10));
    CHECK_FALSE(of(behind, 10)->range);
  }
  CHECK_FALSE(of("bytes=-5", 0)->range);
  for (const char* none :
       {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=1-2,4-5", "lines=1-2",
        "bytes=1-2x", "bytes=+1-2", "bytes=--1", "bytes=99999999999999999999-", "bytes=1--2"}) {
    INFO(none);
    CHECK_FALSE(of(none, 10));
  }
}

TEST_CASE("a file's name leaves no way out of its field, whatever it is") {
  CHECK(attachment("a-1.csv") == "attachment; filename=\"a-1.csv\"; filename*=UTF-8''a-1.csv");
  CHECK(attachment("活动.csv") ==
        "attachment; filename=\"export.csv\"; filename*=UTF-8''%E6%B4%BB%E5%8A%A8.csv");
  for (const char* odd : {"a\"b.csv", "a\r\nSet-Cookie: x", "a;b", "a%b", "\\", "a b"}) {
    const std::string field = attachment(odd);
    INFO(field);
    CHECK(field.find_first_of("\r\n\\") == field.npos);
    CHECK(std::count(field.begin(), field.end(), '"') == 2);
    CHECK(field.find("filename*=UTF-8''") != field.npos);
  }
}

TEST_CASE("an entity tag is named whole or not at all") {
  CHECK(names_tag("\"ab\"", "\"ab\""));
  CHECK(names_tag("\"x\", \"ab\"", "\"ab\""));
  CHECK(names_tag("*", "\"ab\""));
  CHECK_FALSE(names_tag("", "\"ab\""));
  CHECK_FALSE(names_tag("\"abc\"", "\"ab\""));
  CHECK_FALSE(names_tag("W/\"ab\"", "\"ab\""));
}
