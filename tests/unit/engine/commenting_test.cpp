#include "engine/commenting.hpp"

#include <catch2/catch.hpp>

using namespace sitelog;
namespace json = boost::json;

namespace {

// A record as the store shows it, made of entries that set fields.
class Shown {
 public:
  void add(const std::string& field, const json::value& value, const char* state = "stands",
           bool aside = false) {
    const std::string name = "e" + std::to_string(entries_.size());
    json::object entry{
        {"entry", name},  {"device", "d"},
        {"role", "site"}, {"person", "张三"},
        {"wall", 1},      {"stream", "s"},
        {"number", 1},    {"fields", {{field, {{"value", value}, {"replaces", json::array()}}}}}};
    if (aside) entry["quarantined"] = "not_permitted";
    auto& lines = history_[field];
    if (!lines.is_array()) lines = json::array();
    lines.as_array().emplace_back(
        json::object{{"entry", name}, {"value", value}, {"state", state}});
    entries_.emplace_back(std::move(entry));
  }
  json::object told() const {
    json::object out{{"entries", entries_}, {"history", history_}, {"comments", 7}};
    tell_comments(out);
    return out;
  }

 private:
  json::array entries_;
  json::object history_;
};

std::string field(size_t number) {
  return "_comment." + std::to_string(1'000'000'000'000'000 + number);
}

}  // namespace

TEST_CASE(
    "comments are told as they stand, with who wrote them, and not once more in the history") {
  Shown shown;
  shown.add("title", "演出");
  shown.add(field(1), "照片呢？");
  shown.add(field(2), "写错了", "replaced");
  shown.add(field(3), "没有权限", "quarantined", true);
  shown.add(field(4), 5);        // another make's
  shown.add(field(5), nullptr);  // emptied
  const json::object told = shown.told();
  const auto& comments = told.at("comments").as_array();
  REQUIRE(comments.size() == 1);
  CHECK(comments[0].at("text") == "照片呢？");
  CHECK(comments[0].at("person") == "张三");
  CHECK(comments[0].at("entry") == "e1");
  CHECK(told.at("history").as_object().size() == 1);
  CHECK_FALSE(told.contains("comments_untold"));
}

TEST_CASE("what has no comments says none") {
  Shown shown;
  shown.add("title", "演出");
  CHECK_FALSE(shown.told().contains("comments"));
}

TEST_CASE("of more comments than a record may have the last are told, and the others counted") {
  Shown shown;
  for (size_t n = 0; n < kCommentsMax + 20; ++n)
    shown.add(field(n), json::value("第" + std::to_string(n) + "条"));
  const json::object told = shown.told();
  CHECK(told.at("comments").as_array().size() == kCommentsMax);
  CHECK(told.at("comments").as_array().front().at("text") == "第20条");
  CHECK(told.at("comments_untold") == 20);
}

TEST_CASE("a comment that is too long is cut") {
  Shown shown;
  std::string much;
  for (int n = 0; n < 100'000; ++n) much += "长";
  shown.add(field(1), json::value(much));
  const json::object told = shown.told();
  const auto& text = told.at("comments").as_array().front().at("text").as_string();
  CHECK(text.size() <= kCommentBytesMax);
  CHECK(text.ends_with("…"));
}
