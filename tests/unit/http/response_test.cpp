#include "http/response.hpp"

#include <catch2/catch.hpp>

using namespace sitelog;

TEST_CASE("a reader has the language it prefers, and Chinese where it names neither") {
  for (const char* chinese : {"", "zh", "zh-CN,zh;q=0.9,en;q=0.8", "fr", "*", "en;q=0",
                              "en;q=0.5,zh", "english", "en;q=nan", "en;q=2", ";;;,,,"}) {
    CHECK(language_of(chinese) == Language::kChinese);
  }
  for (const char* english :
       {"en", "EN-us", "en-US,en;q=0.9", "fr,en;q=0.1", "zh;q=0.1, en;q=0.2"}) {
    CHECK(language_of(english) == Language::kEnglish);
  }
}

TEST_CASE("a refusal is a problem with its reason and what is wrong with each field") {
  const DetailedRefusal refusal({Reason::kUsage, "missing or wrong: {}", {"unit"}},
                                {{"unit", {Reason::kUsage, "this is required", {}}},
                                 {"unit", {Reason::kTooLarge, "this must be a text", {}}}});
  const auto problem = problem_json(refusal, status_of(refusal), Language::kEnglish);
  CHECK(problem.at("status") == 400);
  CHECK(problem.at("detail") == "missing or wrong: unit");
  CHECK(problem.at("errors").at("unit").as_array().size() == 2);
  CHECK(problem_json(refusal, 400, Language::kChinese).at("detail") != problem.at("detail"));
}

TEST_CASE("each reason has a status: not there, not allowed, changed, not now") {
  const auto status = [](Reason reason) { return status_of(DetailedRefusal({reason, "", {}})); };
  CHECK(status(Reason::kUnknownRecord) == 404);
  CHECK(status(Reason::kUnknownUnit) == 404);
  CHECK(status(Reason::kNotPermitted) == 403);
  CHECK(status(Reason::kChanged) == 412);
  CHECK(status(Reason::kNotSaved) == 503);
  CHECK(status(Reason::kInvalidValue) == 422);
  CHECK(status(Reason::kTooLarge) == 422);
}

TEST_CASE("a head says how its body ends, and how the connection does") {
  const Response response{200, std::string(kJsonType), "{}"};
  CHECK(head_of(response, 2, true, false).find("Content-Length: 2\r\n") != std::string::npos);
  const std::string chunked = head_of(response, std::nullopt, false, true);
  CHECK(chunked.find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(chunked.find("Connection: close\r\n") != std::string::npos);
  CHECK(chunked.find("Strict-Transport-Security") != std::string::npos);
  CHECK(chunked.ends_with("\r\n\r\n"));
  CHECK(chunk("0123456789abcdef0") == "11\r\n0123456789abcdef0\r\n");
  CHECK(chunk("") == "0\r\n\r\n");
}
