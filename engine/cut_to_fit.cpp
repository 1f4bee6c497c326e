#include "engine/cut_to_fit.hpp"

#include "campaign/text.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Of a text in characters, of a list in items, of an object in members: more than any that the
// program makes has, so that those keep what they must have.
struct CutTo {
  size_t text, items;
};
constexpr CutTo kCuts[] = {{1000, 1000}, {200, 100}, {40, 20}, {20, 4}};
constexpr size_t kCutMembers = 32;

void cut(json::value& value, const CutTo& most) {
  if (auto* text = value.if_string()) {
    if (length_of(*text) > most.text) *text = shortened(*text, most.text);
  } else if (auto* list = value.if_array()) {
    if (list->size() > most.items) list->resize(most.items);
    for (json::value& item : *list) cut(item, most);
  } else if (auto* object = value.if_object()) {
    while (object->size() > kCutMembers) object->stable_erase(std::prev(object->end()));
    for (auto& [name, member] : *object) cut(member, most);
  }
}

}  // namespace

void cut_to_fit(json::object& line, size_t bytes_max) {
  const size_t bytes = json::serialize(line).size();
  if (bytes <= bytes_max) return;
  for (const CutTo& most : kCuts) {
    for (auto& [name, member] : line) cut(member, most);
    line["too_large"] = static_cast<int64_t>(bytes);
    if (json::serialize(line).size() <= bytes_max) return;
  }
}

}  // namespace sitelog
