#include "support.hpp"

#include <catch2/catch.hpp>

#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kUnits =
    "code,name,parent,kind,level\ncity,市,,federation,city\nnorth,北,city,enterprise,county\n"
    "north-1,北一,north,mine,grassroots\nsouth,南,city,enterprise,county\n";

constexpr const char* kDefinition = R"(
id = "year"
version = 1
title = { zh = "一年", en = "A year" }
from = 2020-01-01
to = 2020-12-31
[[kind]]
key = "film"
zh = "电影"
en = "Films"
[[form]]
key = "event"
zh = "活动"
en = "Event"
[[form.field]]
name = "kind"
type = "choice"
vocabulary = "kind"
zh = "类型"
en = "Kind"
required = true
[[form.field]]
name = "title"
type = "text"
zh = "名称"
en = "Title"
[report]
form = "event"
kind = "kind"
)";

}  // namespace

AskedHeadquarters::AskedHeadquarters() {
  REQUIRE(create_headquarters(folder_.file("home"), "总工会"));
  auto opened = open_headquarters(folder_.file("home"), "test", 1000);
  REQUIRE(opened);
  headquarters_ = std::move(*opened);
  operations_ = headquarters_operations(headquarters_.get());
  REQUIRE(ask("units.import", {{"file", "units.csv"}, {"content", kUnits}}));
  const auto published = ask("campaign.publish", {{"file", "year.toml"}, {"content", kDefinition}});
  INFO((published ? std::string() : json::serialize(to_json(published.refusal()))));
  REQUIRE(published);
}

OperationAnswer AskedHeadquarters::ask(const std::string& name, const json::object& args) {
  return ask_as(owner_of_folder(Language::kEnglish, "sitelogd"), name, args);
}

OperationAnswer AskedHeadquarters::ask_with(const std::string& name, const json::object& args,
                                            std::vector<json::value> input) {
  input_ = std::move(input);
  return ask(name, args);
}

OperationAnswer AskedHeadquarters::ask_as(const Caller& caller, const std::string& name,
                                          const json::object& args) {
  lines_.clear();
  OperationIo io;
  io.line = [this](const json::object& line) { lines_.push_back(line); };
  io.next_input = [this]() -> std::optional<json::value> {
    before_input();
    if (input_.empty()) return std::nullopt;
    json::value next = std::move(input_.front());
    input_.erase(input_.begin());
    return next;
  };
  auto answer = call_operation(operations_, caller, name, args, io);
  const Operation* row = operations_.find(name);
  for (const json::object& line : lines_) {
    INFO(name);
    REQUIRE(row->line);
    CHECK(misfit(*row->line, line) == "");
  }
  if (answer) {
    INFO(name);
    CHECK(misfit(row->answer, *answer) == "");
  }
  return answer;
}

std::string AskedHeadquarters::add_event(const BookCode& unit, const std::string& title) {
  const auto saved =
      ask("record.add",
          {{"form", "event"}, {"unit", unit}, {"fields", {{"kind", "film"}, {"title", title}}}});
  REQUIRE(saved);
  return std::string(saved->at("record").as_string());
}

json::object AskedHeadquarters::shown(const std::string& record) {
  REQUIRE(ask("record.show", {{"record", record}}));
  return lines_.front();
}

std::string AskedHeadquarters::seen(const std::string& record) {
  return std::string(shown(record).at("seen").as_string());
}

void AskedHeadquarters::change_at_once(const std::string& record, const std::string& field,
                                       const std::vector<Value>& values) {
  const RecordId id = *RecordId::parse(record);
  const BookCode unit(shown(record).at("unit").as_string());
  const auto written = engine().call([&](Store& store, const CampaignCatalogue&) -> Result<> {
    const auto before = store.state(unit, id, "event");
    for (const Value& value : values) {
      const Entry entry = compose(&*before, id, "event", {{field, value}});
      const auto done = store.write(unit, entry, read_clock(), "甲");
      if (!done) return done.refusal();
    }
    return Done{};
  });
  REQUIRE(written);
}

}  // namespace sitelog
