// Reviewing what the sites recorded.
#include "daemon/headquarters.hpp"
#include "engine/record_operations.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

Result<json::object> take_review(Headquarters& headquarters, const json::object& args,
                                 OperationIo& io) {
  Review verdict;
  const std::string word = text_arg(args, "verdict");
  for (const auto known :
       {ReviewVerdict::kReturned, ReviewVerdict::kAccepted, ReviewVerdict::kRefused}) {
    if (word == name_of(known)) verdict.verdict = known;
  }
  verdict.remark = text_arg(args, "remark");
  if (const std::string due = text_arg(args, "due"); !due.empty()) {
    const auto date = parse_date(due);
    if (!date) {
      return Refusal{Reason::kInvalidValue, N_("{} is not a date (YYYY-MM-DD)"), {due}};
    }
    verdict.due = date->text();
  }
  if (const auto* fields = args.if_contains("fields"); fields != nullptr && fields->is_object()) {
    for (const auto& [field, remark] : fields->get_object()) {
      if (remark.is_string()) verdict.field_remarks[std::string(field)] = remark.get_string();
    }
  }
  const bool says_why = !verdict.remark.empty() || !verdict.field_remarks.empty();
  if (verdict.verdict != ReviewVerdict::kAccepted && !says_why) {
    return Refusal{Reason::kInvalidValue,
                   N_("say why: give --remark, or --field NAME=REMARK for single fields"),
                   {}};
  }
  const Author author = author_of(args, *headquarters.engine);
  return change_record(
      *headquarters.engine, args, io,
      [&](Store& store, const CampaignCatalogue& catalogue, const FoundRecord& found) {
        return save_review(store, catalogue, found, verdict, author);
      });
}

}  // namespace

void add_review_operations(Operations& operations, Headquarters& headquarters) {
  operations["review"] = [&](const json::object& args, OperationIo& io) {
    return take_review(headquarters, args, io);
  };
}

}  // namespace sitelog
