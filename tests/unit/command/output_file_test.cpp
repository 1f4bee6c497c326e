#include "command/output_file.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <system_error>

#include "sync/merge/store_error.hpp"
#include "temporary_folder.hpp"

using namespace sitelog;

namespace {

Result<> write(const std::filesystem::path& file, std::string_view content) {
  return write_output_file({file.string(), true}, content);
}

}  // namespace

TEST_CASE("a file is replaced as a whole and nothing else stays in its folder") {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "导出.csv";
  CHECK(write(file, "一"));
  CHECK(write(file, "二"));
  CHECK(content_of(file) == "二");
  const std::filesystem::directory_iterator all(folder.path());
  CHECK(std::distance(begin(all), end(all)) == 1);
  CHECK_THROWS_AS(write(folder.path() / "none" / "x", "三"), StoreError);
  CHECK_THROWS_AS(write(folder.path(), "三"), std::system_error);
}

TEST_CASE("a file that is there is replaced only where that was asked for") {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "登记表.csv";
  const std::filesystem::path link = folder.path() / "link";
  std::filesystem::create_symlink(file, link);
  CHECK(check_output_file({file.string()}));
  CHECK(write_output_file({file.string()}, "一"));
  for (const std::filesystem::path& name : {file, link}) {
    const auto refused = write_output_file({name.string()}, "二");
    REQUIRE_FALSE(refused);
    CHECK(refused.refusal().reason == Reason::kUsage);
    CHECK(refused.refusal().args.front() == name.string());
    CHECK_FALSE(check_output_file({name.string()}));
  }
  CHECK(content_of(file) == "一");
  CHECK(std::filesystem::is_symlink(link));
  CHECK(write_output_file({file.string(), true}, "三"));
  CHECK(content_of(file) == "三");
  CHECK(write_output_file({"/dev/null"}, "四"));
}

TEST_CASE("a link keeps pointing and a device is never replaced by a file") {
  const TemporaryFolder folder;
  const std::filesystem::path target = folder.path() / "target";
  const std::filesystem::path link = folder.path() / "link";
  CHECK(write(target, "一"));
  std::filesystem::create_symlink(target, link);
  CHECK(write(link, "二"));
  CHECK(std::filesystem::is_symlink(link));
  CHECK(content_of(target) == "二");
  CHECK_THROWS_AS(write("/dev/full", "三"), std::system_error);
  CHECK(write("/dev/null", "三"));
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("a file without a folder is one of this folder, and one of a data folder is left alone") {
  const TemporaryFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  CHECK(write("表.csv", "一"));
  std::filesystem::current_path(before);
  CHECK(content_of(folder.path() / "表.csv") == "一");
  for (const char* name : {"sitelog.db", "identity.json"}) {
    std::ofstream(folder.path() / name) << "x";
  }
  const auto refused = write(folder.path() / "sitelog.db", "二");
  REQUIRE_FALSE(refused);
  CHECK(refused.refusal().reason == Reason::kUsage);
  CHECK(content_of(folder.path() / "sitelog.db") == "x");
  CHECK_FALSE(write(folder.path() / "new.csv", "三"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "new.csv"));
}
