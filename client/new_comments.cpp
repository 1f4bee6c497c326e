#include "client/new_comments.hpp"

#include <algorithm>

#include "campaign/text.hpp"
#include "command/answer_fields.hpp"
#include "command/presentation.hpp"
#include "command/terminal/language.hpp"
#include "engine/commenting.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr size_t kRecordsLooked = 1000;  // of those that came at once

}  // namespace

NewComments::NewComments(Engine& engine) : engine_(engine) {
  learn_all();
}

void NewComments::learn_all() {
  const BookCode& unit = engine_.identity().unit();
  const auto held =
      engine_.call([&](Store& store, const CampaignCatalogue&) { return store.vector(unit); });
  known_.clear();
  for (const Tip& tip : held) {
    int64_t& last = known_[to_text(unit, tip.stream)];
    last = std::max(last, static_cast<int64_t>(tip.number.value));
  }
  engine_.read([&](const Queries& queries) {
    queries.list_touched({unit}, 0, looked_at_, [](const TouchedRecord&) {});
    return Done{};
  });
}

json::array NewComments::come() {
  const Identity& identity = engine_.identity();
  json::array out;
  std::map<std::string, int64_t> came;
  bool too_many = false;
  engine_.read([&](const Queries& queries) {
    queries.list_touched(
        {identity.unit()}, kRecordsLooked, looked_at_, [&](const TouchedRecord& touched) {
          too_many = too_many || touched.form.empty();
          if (touched.form.empty() || !is_of_campaigns(touched.form)) return;
          json::object record = queries.show_record({touched.unit, touched.record, touched.form},
                                                    device_of(identity.headquarters), std::nullopt);
          for (const auto& entry : record.at("entries").as_array()) {
            int64_t& last = came[std::string(entry.at("stream").as_string())];
            last = std::max(last, entry.at("number").to_number<int64_t>());
          }
          tell_comments(record);
          const auto* comments = record.if_contains("comments");
          if (comments == nullptr) return;
          for (const auto& comment : comments->as_array()) {
            const auto known = known_.find(std::string(comment.at("stream").as_string()));
            const bool is_new =
                known == known_.end() || comment.at("number").to_number<int64_t>() > known->second;
            if (!is_new || comment.at("role") != "headquarters" || out.size() == kToldMax) continue;
            out.emplace_back(json::object{{"record", record.at("record")},
                                          {"text", comment.at("text")},
                                          {"person", comment.at("person")},
                                          {"wall", comment.at("wall")}});
          }
        });
    return Done{};
  });
  if (too_many) learn_all();
  for (const auto& [stream, number] : came) {
    int64_t& last = known_[stream];
    last = std::max(last, number);
  }
  return out;
}

std::string text_of_comment(const json::object& comment) {
  return fill(tr("comment on record {} ({}): {}"),
              {first_of({text_in(comment, "record")}), on_one_line(text_in(comment, "person")),
               on_one_line(text_in(comment, "text"))});
}

}  // namespace sitelog
