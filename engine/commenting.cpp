#include "engine/commenting.hpp"

#include <algorithm>
#include <array>

#include "campaign/text.hpp"
#include "engine/authoring_parts.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_operations.hpp"
#include "engine/system.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kTold[] = {"entry", "person", "person_role", "known_by", "device",
                                 "role",  "wall",   "stream",      "number",   "held"};

bool is_comment_field(std::string_view field) {
  return field.starts_with(kCommentPrefix);
}

// Whether what the entry set there stands, by the record's history.
bool stands(const json::object& history, std::string_view field, const json::value& entry) {
  const auto* lines = history.if_contains(field);
  if (lines == nullptr) return false;
  return std::ranges::any_of(lines->as_array(), [&](const json::value& line) {
    return line.at("entry") == entry && line.at("state") == "stands";
  });
}

std::string no_longer_than_one(const json::string& text) {
  if (text.size() <= kCommentBytesMax) return std::string(text);
  return shortened(text, kCommentBytesMax / 4);
}

OperationAnswer comment_on_record(Engine& engine, const OperationCall& call) {
  const std::string& text = call.args.text("text");
  const Speaker speaker(engine, call);
  const auto found = engine.read([&](const Queries& queries) {
    return find_record(engine, queries, call.caller, call.args.text("record"));
  });
  if (!found) return found.refusal();
  const Reach reach(call.caller.scope, engine);
  const auto done = engine.call([&](Store& store, const CampaignCatalogue&) -> ChangedAsSeen {
    if (!reach.covers(store, *found)) return {unknown_record(found->record)};
    ChangedAsSeen out{save_comment(store, *found, text, speaker.at(found->unit))};
    if (out.saved) out.seen = seen_where_all_is_said_here(store, *found);
    return out;
  });
  return outcome_of(SeenCodes(engine.identity().key), *found, std::nullopt, done);
}

}  // namespace

Result<Saved> save_comment(Store& store, const FoundRecord& found, const std::string& text,
                           const Author& author) {
  const auto state = current(store, found);
  if (!state) return state.refusal();
  const auto comments = std::ranges::count_if(state->fields, [](const auto& field) {
    return is_comment_field(field.first) && field.second.shown && !field.second.shown->is_cleared();
  });
  if (static_cast<size_t>(comments) >= kCommentsMax) {
    return Refusal{Reason::kTooLarge,
                   N_("record {} has {} comments, and takes no more: what there is to say of it "
                      "still can stand in a verdict, or in the record itself"),
                   {found.record.hex(), std::to_string(comments)}};
  }
  const auto name = random_bytes<std::array<uint8_t, 8>>();
  return save_change(
      store, found, *state,
      {{std::string(kCommentPrefix) + to_hex(BytesView(name.data(), name.size())), Value(text)}},
      author);
}

void tell_comments(json::object& record) {
  json::object& history = record.at("history").as_object();
  json::array told;
  for (const auto& item : record.at("entries").as_array()) {
    const json::object& entry = item.as_object();
    if (entry.contains("quarantined")) continue;
    for (const auto& [field, assigned] : entry.at("fields").as_object()) {
      const auto* text = assigned.at("value").if_string();
      if (text == nullptr || !is_comment_field(field)) continue;
      if (!stands(history, field, entry.at("entry"))) continue;
      json::object line{{"text", no_longer_than_one(*text)}};
      for (const char* name : kTold) {
        if (const auto* value = entry.if_contains(name)) line[name] = *value;
      }
      told.emplace_back(std::move(line));
    }
  }
  for (auto field = history.begin(); field != history.end();) {
    field = is_comment_field(field->key()) ? history.stable_erase(field) : std::next(field);
  }
  record.erase("comments");
  if (told.empty()) return;
  if (const size_t all = told.size(); all > kCommentsMax) {
    const auto untold = static_cast<std::ptrdiff_t>(all - kCommentsMax);
    told.erase(told.begin(), told.begin() + untold);
    record["comments_untold"] = untold;
  }
  record["comments"] = std::move(told);
}

void tell_who_spoke_last(const Queries& queries, const Identity& identity, json::object& line) {
  if (!line.contains("comments")) return;
  json::object whole = queries.show_record(
      {BookCode(line.at("unit").as_string()), *RecordId::parse(line.at("record").as_string()),
       std::string(line.at("form").as_string())},
      device_of(identity.headquarters), std::nullopt);
  tell_comments(whole);
  const auto* comments = whole.if_contains("comments");
  if (comments == nullptr) return;
  const bool from_headquarters = comments->as_array().back().at("role") == "headquarters";
  if (from_headquarters != identity.standing.is_authority()) line["comment_of_others"] = true;
}

void add_commenting(OperationTable& table, Engine* engine) {
  table.add({.name = "record.comment",
             .right = Right::kComment,
             .writes = true,
             .help = N_("say a word about a record: no verdict, and nothing that is judged is "
                        "another for it"),
             .arguments = {record_argument(),
                           argument::text("text", N_("what is to be said"))
                               .between(1, kCommentBytesMax)
                               .holding(Holds::kSeveralLines)
                               .needed(),
                           person_argument(N_("who says it"))},
             .answer = saved_shape(),
             .run = run_by(engine, comment_on_record)});
}

}  // namespace sitelog
