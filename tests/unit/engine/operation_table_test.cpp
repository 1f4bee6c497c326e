#include "engine/operation_table.hpp"

#include <catch2/catch.hpp>

#include "client/site.hpp"
#include "daemon/headquarters.hpp"
#include "sync/merge/store_error.hpp"

using namespace sitelog;
namespace json = boost::json;

namespace {

const Caller kOwner = owner_of_folder(Language::kEnglish, "");

struct Counted {
  int runs = 0;
};

OperationAnswer count(Counted& counted, const OperationCall&) {
  ++counted.runs;
  return json::object{};
}

OperationTable table_of(Counted* counted) {
  OperationTable out("sitelog");
  out.add({.name = "count",
           .right = Right::kReview,
           .arguments = {argument::text("reason", "").needed()},
           .run = run_by(counted, count)});
  return out;
}

Reason refused(const OperationTable& table, const Caller& caller, const std::string& name,
               const json::object& args) {
  OperationIo io;
  const auto answer = call_operation(table, caller, name, args, io);
  REQUIRE_FALSE(answer);
  return answer.refusal().reason;
}

}  // namespace

TEST_CASE("nothing of an operation runs before name, program, right and arguments are in order") {
  Counted counted;
  const OperationTable table = table_of(&counted);
  const json::object good{{"reason", "x"}};
  CHECK(refused(table, kOwner, "nosuch", good) == Reason::kUsage);
  CHECK(refused(table, owner_of_folder(Language::kEnglish, "sitelogd"), "count", good) ==
        Reason::kUsage);
  Caller viewer;
  viewer.roles = {viewer_of({true, {}})};
  CHECK(refused(table, viewer, "count", good) == Reason::kNotPermitted);
  CHECK(refused(table, viewer, "count", {}) == Reason::kNotPermitted);
  CHECK(refused(table, kOwner, "count", {}) == Reason::kUsage);
  CHECK(counted.runs == 0);
  OperationIo io;
  CHECK(call_operation(table, kOwner, "count", good, io));
  CHECK(call_operation(table, owner_of_folder(Language::kEnglish, "sitelog"), "count", good, io));
  CHECK(counted.runs == 2);
}

TEST_CASE("what the disk fails to do becomes a refusal") {
  OperationTable table("sitelog");
  table.add({.name = "fail", .run = [](const OperationCall&) -> OperationAnswer {
               throw StoreError(StoreError::Kind::kFull, "disk");
             }});
  CHECK(refused(table, kOwner, "fail", {}) == Reason::kNotSaved);
}

TEST_CASE("what is put round the rows runs with each of them") {
  Counted counted;
  int round = 0;
  OperationTable table = table_of(&counted);
  table.wrap([&round](const Operation&, Operation::Run run) -> Operation::Run {
    return [&round, run = std::move(run)](const OperationCall& call) {
      ++round;
      return run(call);
    };
  });
  OperationIo io;
  CHECK(call_operation(table, kOwner, "count", {{"reason", "x"}}, io));
  CHECK((round == 1 && counted.runs == 1));
}

TEST_CASE("every row of both programs says what it does, takes and answers") {
  for (const OperationTable& table : {site_operations(nullptr), headquarters_operations(nullptr)}) {
    CHECK(table.rows().size() >= 13);
    for (const auto& [name, row] : table.rows()) {
      INFO(table.program() << " " << name);
      CHECK(*row.help != '\0');
      for (const Argument& argument : row.arguments) {
        INFO(argument.name);
        CHECK(*argument.help != '\0');
        CHECK(argument.min <= argument.max);
        CHECK((argument.type == ArgumentType::kChoice) == !argument.choices.empty());
      }
      for (const auto& names : row.one_of) {
        for (const std::string& each : names) CHECK(row.argument(each) != nullptr);
      }
      CHECK(row.answer.kind == Shape::Kind::kObject);
    }
  }
}
