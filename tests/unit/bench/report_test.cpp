#include "bench/report.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

using namespace sitelog::bench;

namespace {

Row upload() {
  Samples samples;
  for (const double value : {5.0, 1.0, 9.0, 3.0, 7.0}) samples.add(value);
  Row out = row_of("upload", "first upload", samples, "records/s");
  out.baseline = 10;
  out.ratio = 0.5;
  out.goal = ">= 25000";
  return out;
}

Row memory() {
  Samples samples;
  samples.add(14.5);
  Row out = row_of("agent_memory", "an agent's memory", samples, "MiB");
  out.goal = "<= 20";
  out.met = true;
  return out;
}

}  // namespace

TEST_CASE("A figure is the median of its runs, with the least and the most beside it") {
  const Row row = upload();
  CHECK(row.value == 5);
  CHECK(row.least == 1);
  CHECK(row.most == 9);
}

TEST_CASE("A percentile is the nearest rank") {
  Samples samples;
  for (int i = 1; i <= 200; ++i) samples.add(i);
  CHECK(samples.quantile(0.99) == 198);
  CHECK(samples.quantile(0.5) == 100);
}

TEST_CASE("The results are a list of figures, with null for a baseline that there is none of") {
  const auto list = boost::json::parse(to_json({upload(), memory()})).as_array();
  REQUIRE(list.size() == 2);
  const boost::json::object first{{"figure", "upload"}, {"value", 5.0}, {"unit", "records/s"},
                                  {"baseline", 10.0},   {"ratio", 0.5}, {"goal", ">= 25000"},
                                  {"met", false}};
  CHECK(list[0] == first);
  const boost::json::object second{
      {"figure", "agent_memory"}, {"value", 14.5},   {"unit", "MiB"}, {"baseline", nullptr},
      {"ratio", nullptr},         {"goal", "<= 20"}, {"met", true}};
  CHECK(list[1] == second);
}

TEST_CASE("The table has a line for each figure, with columns that begin at the same place") {
  const std::string table = to_table({upload(), memory()});
  CHECK(table.starts_with(
      "figure        value  unit       min..max    baseline  ratio  goal      met\n"
      "upload        5      records/s  1..9        10        0.500  >= 25000  NO\n"
      "agent_memory  14.5   MiB        14.5..14.5  -         -      <= 20     yes\n"));
}
