#include "engine/accounts/audit_log.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "daemon/audit_words.hpp"
#include "daemon/headquarters.hpp"
#include "engine/call_auditor.hpp"
#include "tests/support/folder.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

struct Kept {
  TemporaryFolder place;
  std::string path = place.file("home");
  DataFolder folder = *DataFolder::create(path, "test");

  std::vector<uint64_t> numbers(const AuditLog& log, AuditLog::Found* found = nullptr) const {
    std::vector<uint64_t> out;
    const auto all = log.list({.limit = 100'000}, [&](const json::object& line) {
      out.push_back(line.at("n").to_number<uint64_t>());
    });
    if (found != nullptr) *found = all;
    return out;
  }
  std::string piece(int number) const {
    return path + "/audit-00000" + std::to_string(number) + ".log";
  }
};

void write_some(AuditLog& log, int count) {
  for (int i = 0; i < count; ++i) log.add({.who = "li", .what = "done", .on = std::to_string(i)});
}

bool is_without_gaps(const std::vector<uint64_t>& numbers, uint64_t first) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != first + i) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("a full audit list goes on in another file, and all of it is one chain") {
  Kept kept;
  AuditLog::Found found;
  {
    const auto log = AuditLog::open(kept.folder, 1000);
    write_some(*log, 40);
    const auto numbers = kept.numbers(*log, &found);
    CHECK(found.intact);
    CHECK(found.begins == 1);
    CHECK(numbers.size() > 40);  // and where each file goes on
    CHECK(is_without_gaps(numbers, 1));
  }
  REQUIRE(std::filesystem::exists(kept.piece(2)));
  const auto again = AuditLog::open(kept.folder, 1000);
  write_some(*again, 40);
  CHECK(is_without_gaps(kept.numbers(*again, &found), 1));
  CHECK(found.intact);
}

TEST_CASE("a line altered in an earlier file shows, and so does a file that is gone") {
  Kept kept;
  const auto log = AuditLog::open(kept.folder, 1000);
  write_some(*log, 40);
  AuditLog::Found found;
  std::ifstream in(kept.piece(2));
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  std::string altered = whole;
  altered.replace(altered.find("\"li\""), 4, "\"xx\"");
  std::ofstream(kept.piece(2)) << altered;
  kept.numbers(*log, &found);
  CHECK_FALSE(found.intact);
  std::ofstream(kept.piece(2)) << whole;
  kept.numbers(*log, &found);
  CHECK(found.intact);
  std::filesystem::remove(kept.piece(2));
  kept.numbers(*log, &found);
  CHECK_FALSE(found.intact);
  CHECK(found.begins == 1);
  // Those before are gone, the rest is as it was: where it begins is told.
  std::filesystem::remove(kept.piece(1));
  const auto numbers = kept.numbers(*log, &found);
  CHECK_FALSE(found.intact);
  CHECK(found.begins > 1);
  CHECK(is_without_gaps(numbers, found.begins));
}

TEST_CASE("a process killed while it turned the file over lost nothing") {
  Kept kept;
  {
    const auto log = AuditLog::open(kept.folder);
    write_some(*log, 5);
  }
  kept.folder.folder().rename(AuditLog::kFile, "audit-000001.log");
  const auto log = AuditLog::open(kept.folder);
  write_some(*log, 5);
  AuditLog::Found found;
  const auto numbers = kept.numbers(*log, &found);
  CHECK(found.intact);
  CHECK(numbers.size() == 11);
  CHECK(is_without_gaps(numbers, 1));
}

TEST_CASE("what lies beside the audit list by another name is none of it") {
  Kept kept;
  for (const char* name : {"audit-1.log", "audit-000000.log", "audit-00000x.log", "audit-.log"}) {
    std::ofstream(kept.path + "/" + name) << "x\n";
  }
  const auto log = AuditLog::open(kept.folder);
  write_some(*log, 3);
  AuditLog::Found found;
  CHECK(kept.numbers(*log, &found).size() == 3);
  CHECK(found.intact);
}

TEST_CASE("what the table notes has words for people") {
  const OperationTable table = headquarters_operations(nullptr);
  for (const auto& [name, row] : table.rows()) {
    INFO(name);
    CHECK(audited_operation_words(name) != nullptr);
  }
  for (const char* other : {"exports.file", "odata"}) CHECK(audited_operation_words(other));
}

TEST_CASE("the parts of what a line is about are read as they were written") {
  using Parts = std::vector<std::pair<std::string, std::string>>;
  CHECK(audited_parts("unit=a record=a/b/c") == Parts{{"unit", "a"}, {"record", "a/b/c"}});
  CHECK(audited_parts(R"(account="x unit=\"y\"" role=viewer)") ==
        Parts{{"account", "x unit=\"y\""}, {"role", "viewer"}});
  CHECK(audited_parts("").empty());
  for (const char* none : {"li", "export=12", "unit=\"half", "unit=a b", "unit=a other=b"}) {
    INFO(none);
    CHECK(audited_parts(none) == Parts{{"", none}});
  }
}
