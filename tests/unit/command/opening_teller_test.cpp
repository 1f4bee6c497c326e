#include "command/opening_teller.hpp"

#include <catch2/catch.hpp>
#include <cstdio>
#include <memory>

#include "command/terminal/language.hpp"

using namespace sitelog;

namespace {

// What is said while a folder opens, by a clock of the test's.
struct Opened {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> out{std::tmpfile(), std::fclose};
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> err{std::tmpfile(), std::fclose};
  Output output{false, out.get(), err.get()};
  int64_t now_ms = 1'000'000;

  std::string said() const {
    std::string text(64 * 1024, '\0');
    std::fflush(err.get());
    std::rewind(err.get());
    text.resize(std::fread(text.data(), 1, text.size(), err.get()));
    return text;
  }
};

size_t lines(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("A folder that opens within two seconds is opened without a word") {
  set_terminal_language("en");
  Opened opened;
  {
    OpeningTeller teller(opened.output, "/data", [&] { return opened.now_ms; });
    for (int i = 0; i < 20; ++i) {
      teller.tell({"counting the records anew", i, 20});
      opened.now_ms += 90;
    }
  }
  CHECK(opened.said().empty());
}

TEST_CASE("One that takes longer says what it does and how far it is, in a log now and then") {
  set_terminal_language("en");
  Opened opened;
  {
    OpeningTeller teller(opened.output, "/data", [&] { return opened.now_ms; });
    for (int i = 0; i < 600; ++i) {  // a minute
      teller.tell({"counting the records anew", i, 600});
      opened.now_ms += 100;
    }
    teller.tell({"writing it all down"});
  }
  const std::string said = opened.said();
  CHECK(said.find("/data") < said.find("counting the records anew: 20 of 600 (3%)"));
  CHECK(said.find("counting the records anew: 120 of 600 (20%)") != said.npos);
  CHECK(said.find("That took 60 s") != said.npos);
  CHECK(lines(said) == 8);
}
