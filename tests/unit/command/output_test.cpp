#include "command/terminal/output.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <cstdio>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "command/terminal/language.hpp"

using namespace sitelog;

namespace {

// A file in place of a standard stream.
class Stream {
 public:
  Stream() : file_(std::tmpfile()) {}
  ~Stream() { std::fclose(file_); }
  std::FILE* get() const { return file_; }
  std::string written() const {
    std::rewind(file_);
    std::string content(4096, '\0');
    content.resize(std::fread(content.data(), 1, content.size(), file_));
    return content;
  }

 private:
  std::FILE* file_;
};

const Refusal kRefusal{Reason::kUnreachable, "device {} was revoked before this entry", {"a1"}};

}  // namespace

TEST_CASE("people read text and programs read one JSON object a line") {
  Stream out;
  Stream err;
  {
    Output people(false, out.get(), err.get());
    people.line({{"unit", "矿"}});
    people.text("一行");
  }
  CHECK(out.written() == "一行\n");
  Stream json;
  {
    Output programs(true, json.get(), err.get());
    programs.line({{"unit", "一\n矿"}});
    programs.text("一行");
  }
  CHECK(json.written() == "{\"unit\":\"一\\n矿\"}\n");
  CHECK(err.written().empty());
}

TEST_CASE("a refusal tells people what happened and what to do, on the error stream only") {
  set_terminal_language("zh");
  Stream out;
  Stream err;
  Output people(false, out.get(), err.get());
  CHECK(people.refused(kRefusal) == kExitUnreachable);
  CHECK(out.written().empty());
  const std::string said = err.written();
  INFO(said);
  CHECK(said.find("a1") != std::string::npos);
  CHECK(said.find("怎么办：") != std::string::npos);
}

TEST_CASE("a refusal is one JSON object for programs, with people's words beside it") {
  set_terminal_language("en");
  Stream out;
  Stream err;
  Output programs(true, out.get(), err.get());
  CHECK(programs.refused(kRefusal) == kExitUnreachable);
  const boost::json::value read = boost::json::parse(out.written());
  const boost::json::object& error = read.at("error").as_object();
  CHECK(error.at("reason").as_string() == "unreachable");
  CHECK(error.at("message").as_string() == "device a1 was revoked before this entry");
  CHECK(error.at("args").as_array().at(0).as_string() == "a1");
  CHECK(err.written().find("device a1") != std::string::npos);
}

TEST_CASE(
    "what is wrong with each part is told before the refusal, and stands in it for programs") {
  set_terminal_language("en");
  Stream out;
  Stream err;
  const DetailedRefusal refusal(
      {Reason::kUsage, "missing or wrong: {}", {"days, reason"}},
      {{"days", {Reason::kInvalidValue, "this must be from {} to {}, not {}", {"1", "9", "0"}}},
       {"reason", {Reason::kUsage, "this is required", {}}}});
  Output programs(true, out.get(), err.get());
  CHECK(programs.refused(refusal) == kExitUsage);
  std::istringstream lines(out.written());
  std::string line;
  std::vector<boost::json::object> said;
  while (std::getline(lines, line)) said.push_back(boost::json::parse(line).as_object());
  REQUIRE(said.size() == 3);
  CHECK(said[0].at("problem").at("field") == "days");
  CHECK(said[0].at("problem").at("message") == "this must be from 1 to 9, not 0");
  CHECK(said[1].at("problem").at("reason") == "usage");
  const boost::json::array& problems = said[2].at("error").at("problems").as_array();
  REQUIRE(problems.size() == 2);
  CHECK(problems[0] == said[0].at("problem"));
  CHECK(err.written().find("days: this must be from 1 to 9, not 0\n") != std::string::npos);
}

TEST_CASE("progress stays silent where nobody watches a terminal") {
  Stream out;
  Stream err;
  Output people(false, out.get(), err.get());
  people.progress("1/2");
  CHECK(err.written().empty());
  CHECK(out.written().empty());
}

TEST_CASE("what was recorded elsewhere can't steer the terminal") {
  CHECK(printable("标题\x1b]0;x\x07") == "标题\xEF\xBF\xBD]0;x\xEF\xBF\xBD");
  CHECK(printable("甲\n乙\t丙") == "甲\n乙\t丙");
  CHECK(printable("\xC2\x9B"
                  "31m") ==
        "\xEF\xBF\xBD"
        "31m");
  CHECK(printable("a\xE2\x80\xAE"
                  "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(printable("\xE4\xB8") == "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("JSON holds nothing raw that steers a terminal, and says the same") {
  const boost::json::object said{{"person", "张\u009b31m\u202e三\x7f\n"}, {"图", "a\u2066"}};
  const std::string shown = json_text(said);
  CHECK(shown == R"({"person":"张\u009b31m\u202e三\u007f\n","图":"a\u2066"})");
  CHECK(boost::json::parse(shown) == said);
}

TEST_CASE("further lines of what people wrote stand further in than any line of the program's") {
  const boost::json::object said{
      {"remark", "好\n审核: 已接受"}, {"list", boost::json::array{"a\nb", 3}}, {"a\nb", "c"}};
  const boost::json::object shown = as_data(said);
  CHECK(shown.at("remark") == "好\n          审核: 已接受");
  CHECK(shown.at("list").at(0) == "a\n          b");
  CHECK(shown.at("list").at(1) == 3);
  CHECK(shown.at("a b") == "c");
}

TEST_CASE("what a message is given stays on the message's line") {
  CHECK(
      message_of(Language::kEnglish, {Reason::kUsage, "not understood: {}", {"x\nNot done: y"}}) ==
      "not understood: x Not done: y");
}

TEST_CASE("a full disk is an error, not a shorter output") {
  std::FILE* full = std::fopen("/dev/full", "w");
  REQUIRE(full != nullptr);
  Stream err;
  Output people(false, full, err.get());
  CHECK_THROWS_AS(people.text("一行"), std::system_error);
  std::fclose(full);
}

TEST_CASE("a command that changes something goes on where its output is full, and knows it") {
  std::FILE* full = std::fopen("/dev/full", "w");
  REQUIRE(full != nullptr);
  Stream err;
  Output people(false, full, err.get());
  people.keep_going();
  CHECK(people.left_out().empty());
  for (int i = 0; i < 3; ++i) people.text("一行");
  CHECK_FALSE(people.left_out().empty());
  people.note("注");
  CHECK(err.written() == "注\n");
  std::fclose(full);
}

TEST_CASE("exit codes are what scripts rely on") {
  CHECK(exit_code(Reason::kUnreachable) == 3);
  CHECK(exit_code(Reason::kNotHeadquarters) == 3);
  CHECK(exit_code(Reason::kUsage) == 2);
  CHECK(exit_code(Reason::kInvalidValue) == 1);
  CHECK(exit_code(Reason::kFolderInUse) == 1);
}
