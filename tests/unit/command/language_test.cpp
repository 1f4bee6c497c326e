#include "command/terminal/language.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "temporary_folder.hpp"

using namespace sitelog;

namespace {

using Variables = std::map<std::string, std::string>;

// Sets the variables that name a language, and puts back what was there.
class Environment {
 public:
  explicit Environment(const Variables& wanted) {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"}) {
      const char* value = std::getenv(name);
      before_[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
      ::unsetenv(name);
    }
    for (const auto& [name, value] : wanted) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : before_) {
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
  }

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

const std::string kMessage = "the data folder belongs to another user";
const std::string kChineseMessage = "数据文件夹属于另一个用户";

}  // namespace

TEST_CASE("Chinese is spoken on a bare system, whatever the locale says but English") {
  const std::vector<Variables> bare = {
      {},
      {{"LC_ALL", "C"}},
      {{"LANG", "C"}},
      {{"LC_ALL", "POSIX"}},
      {{"LANG", "zh_CN.GB18030"}},
      {{"LANG", "ru_RU.UTF-8"}},
      {{"LC_ALL", ""}, {"LANG", ""}},
      {{"LC_ALL", "C"}, {"LANGUAGE", "en"}},
      {{"LC_ALL", "zh_CN.UTF-8"}, {"LANG", "en_US.UTF-8"}},
  };
  for (const auto& variables : bare) {
    const Environment environment(variables);
    CHECK(set_terminal_language("") == Language::kChinese);
    CHECK(tr(kMessage.c_str()) == kChineseMessage);
  }
}

TEST_CASE("English is spoken where the environment or the caller asks for it") {
  {
    const Environment environment(Variables{{"LANG", "en_GB.UTF-8"}});
    CHECK(set_terminal_language("") == Language::kEnglish);
    CHECK(tr(kMessage.c_str()) == kMessage);
    CHECK(set_terminal_language("zh") == Language::kChinese);
    CHECK(tr(kMessage.c_str()) == kChineseMessage);
  }
  const Environment environment(Variables{{"LC_ALL", "zh_CN.UTF-8"}, {"LANGUAGE", "zh"}});
  CHECK(set_terminal_language("en") == Language::kEnglish);
  CHECK(tr(kMessage.c_str()) == kMessage);
}

TEST_CASE("each of two readers is answered in their own language by one process") {
  set_terminal_language("en");
  const Refusal refusal{
      Reason::kFolderInUse, "another Sitelog is running in the data folder {}", {"/d"}};
  CHECK(message_of(Language::kChinese, refusal) == "数据文件夹 /d 中已有另一个 Sitelog 在运行");
  CHECK(message_of(Language::kEnglish, refusal) ==
        "another Sitelog is running in the data folder /d");
  CHECK(tr(Language::kChinese, kMessage.c_str()) == kChineseMessage);
  CHECK(tr(Language::kEnglish, kMessage.c_str()) == kMessage);
  CHECK(advice_for(Language::kChinese, Reason::kUsage, Side::kSite) !=
        std::string(advice_for(Language::kEnglish, Reason::kUsage, Side::kSite)));
}

TEST_CASE("a message without a translation is shown as it is") {
  CHECK(std::string(tr(Language::kChinese, "no message of ours")) == "no message of ours");
}

TEST_CASE("an empty message stays empty instead of becoming the catalogue's header") {
  set_terminal_language("zh");
  CHECK(std::string(tr("")).empty());
}

TEST_CASE("a refusal is told in Chinese with its arguments filled in") {
  set_terminal_language("zh");
  const Refusal refusal{
      Reason::kFolderInUse, "another Sitelog is running in the data folder {}", {"/数据"}};
  CHECK(message_of(refusal) == "数据文件夹 /数据 中已有另一个 Sitelog 在运行");
  set_terminal_language("en");
  CHECK(message_of(refusal) == "another Sitelog is running in the data folder /数据");
}

TEST_CASE("an argument that is itself a message is translated as well") {
  set_terminal_language("zh");
  const Refusal refusal{Reason::kMalformed, "an entry is malformed: {}", {kMessage}};
  const std::string message = message_of(refusal);
  INFO(message);
  CHECK(message.find(kChineseMessage) != std::string::npos);
}

TEST_CASE("every reason has an advice in Chinese") {
  set_terminal_language("zh");
  for (int number = 0; name_of(static_cast<Reason>(number)) != std::string("unknown"); ++number) {
    const std::string advice = advice_for(static_cast<Reason>(number));
    INFO(name_of(static_cast<Reason>(number)) << ": " << advice);
    CHECK(advice.find("。") != std::string::npos);
  }
}

TEST_CASE("headquarters, which has nobody to sync with, is never advised to sync") {
  for (int number = 0; name_of(static_cast<Reason>(number)) != std::string("unknown"); ++number) {
    const auto reason = static_cast<Reason>(number);
    INFO(name_of(reason));
    for (const char* word : {"sync", "waits here", "next contact"}) {
      const std::string advice = advice_for(Language::kEnglish, reason, Side::kHeadquarters);
      CHECK(advice.find(word) == std::string::npos);
    }
    const std::string chinese = advice_for(Language::kChinese, reason, Side::kHeadquarters);
    CHECK(chinese.find("同步") == std::string::npos);
    CHECK(chinese.find("。") != std::string::npos);
  }
}

TEST_CASE("the catalogue's check names a message that has no translation") {
  const TemporaryFolder folder;
  const std::filesystem::path tree = folder.path();
  std::filesystem::copy(SITELOG_SOURCE_DIR "/command", tree / "command",
                        std::filesystem::copy_options::recursive);
  std::filesystem::create_directory(tree / "sync");
  // The digit separators and the raw string are what could lead the collector astray.
  std::ofstream(tree / "sync" / "new.cpp")
      << "f(10'000'000, N_(\"a new one\"), R\"(raw \" text)\", tr(\"two \" \"parts\"));\n";
  const std::string said = (tree / "said").string();
  const std::string command = (tree / "command/messages.sh").string() + " > " + said;
  CHECK(std::system(command.c_str()) != 0);
  const std::string faults = content_of(said);
  INFO(faults);
  CHECK(faults.find("missing: \"a new one\"") != std::string::npos);
  CHECK(faults.find("missing: \"two parts\"") != std::string::npos);
}
