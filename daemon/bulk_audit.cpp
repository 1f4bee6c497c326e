#include "daemon/bulk_audit.hpp"

namespace sitelog {

namespace {

constexpr std::chrono::seconds kNotedEvery{1};
constexpr const char* kReviewMany = "review.many";

}  // namespace

void BulkAudit::note(int64_t reviewed) {
  if (call_.args.flag("preview") || reviewed == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (noted_ && now - *noted_ < kNotedEvery) return;
  noted_ = now;
  std::string on = "verdict=" + call_.args.text("verdict");
  if (call_.args.has("selection")) on += " selection=" + call_.args.text("selection");
  headquarters_.accounts->audit().add({.who = call_.caller.name,
                                       .how = name_of(call_.caller.known_by),
                                       .from = call_.caller.from,
                                       .what = "under_way",
                                       .operation = kReviewMany,
                                       .on = on + " reviewed=" + std::to_string(reviewed)});
}

}  // namespace sitelog
