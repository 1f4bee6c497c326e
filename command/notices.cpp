#include "command/notices.hpp"

#include <algorithm>

#include "command/answer_fields.hpp"
#include "command/terminal/language.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Those that differ by the record are told one by one, and not without end.
constexpr size_t kToldMax = 50;

}  // namespace

void tell_notices(Output& out, const json::object& outcome) {
  for (const auto& notice : array_in(outcome, "notices")) {
    const std::string text = message_of(refusal_from(notice.as_object()));
    const auto records = number_in(notice.as_object(), "records");
    out.note(records ? fill(tr("note, of {} records: {}"), {std::to_string(*records), text})
                     : fill(tr("note: {}"), {text}));
  }
}

void CountedNotices::add(const json::object& outcome) {
  for (const auto& notice : array_in(outcome, "notices")) {
    const auto at = std::find_if(notices_.begin(), notices_.end(), [&](const auto& each) {
      return each.first == notice.as_object();
    });
    if (at != notices_.end()) {
      ++at->second;
    } else if (notices_.size() < kToldMax) {
      notices_.emplace_back(notice.as_object(), 1);
    }
  }
}

void CountedNotices::tell(Output& out) const {
  json::array all;
  for (const auto& [notice, records] : notices_) {
    json::object each = notice;
    each["records"] = records;
    all.push_back(std::move(each));
  }
  tell_notices(out, {{"notices", std::move(all)}});
}

}  // namespace sitelog
