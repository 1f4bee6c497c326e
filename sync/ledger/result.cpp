#include "sync/ledger/result.hpp"

#include <cstdio>
#include <string_view>

namespace sitelog {

const char* name_of(Reason reason) {
  switch (reason) {
    case Reason::kMalformed: return "malformed";
    case Reason::kTooLarge: return "too_large";
    case Reason::kUnknownForm: return "unknown_form";
    case Reason::kUnknownField: return "unknown_field";
    case Reason::kInvalidValue: return "invalid_value";
    case Reason::kUnknownRecord: return "unknown_record";
    case Reason::kUnknownUnit: return "unknown_unit";
    case Reason::kUnknownCampaign: return "unknown_campaign";
    case Reason::kUnknownDevice: return "unknown_device";
    case Reason::kNotPermitted: return "not_permitted";
    case Reason::kNoGrant: return "no_grant";
    case Reason::kRevoked: return "revoked";
    case Reason::kHeldUp: return "held_up";
    case Reason::kNoRoom: return "no_room";
    case Reason::kBrokenChain: return "broken_chain";
    case Reason::kBadSignature: return "bad_signature";
    case Reason::kGap: return "gap";
    case Reason::kWrongUnit: return "wrong_unit";
    case Reason::kVersion: return "version";
    case Reason::kNotHeadquarters: return "not_headquarters";
    case Reason::kUnreachable: return "unreachable";
    case Reason::kInvitationUnknown: return "invitation_unknown";
    case Reason::kInvitationUsed: return "invitation_used";
    case Reason::kInvitationExpired: return "invitation_expired";
    case Reason::kFolderInUse: return "folder_in_use";
    case Reason::kFolderNewer: return "folder_newer";
    case Reason::kFolderDamaged: return "folder_damaged";
    case Reason::kFolderMissing: return "folder_missing";
    case Reason::kFolderExists: return "folder_exists";
    case Reason::kNotSaved: return "not_saved";
    case Reason::kNotJoined: return "not_joined";
    case Reason::kNothingToDecide: return "nothing_to_decide";
    case Reason::kChanged: return "changed";
    case Reason::kInvalidFile: return "invalid_file";
    case Reason::kUsage: return "usage";
    case Reason::kNotice: return "notice";
  }
  return "unknown";
}

namespace {

constexpr std::string_view kBetweenItems = ", ";

// What stands between { and }: which argument, where it is said, and what stands between the items
// of a list, where it is one.
struct Placeholder {
  std::optional<size_t> index;
  bool listed = false;
};
std::optional<Placeholder> read_placeholder(std::string_view inside) {
  Placeholder out;
  if (!inside.empty() && inside.front() >= '0' && inside.front() <= '9') {
    out.index = static_cast<size_t>(inside.front() - '0');
    inside.remove_prefix(1);
  }
  out.listed = inside == kListMark;
  if (!inside.empty() && !out.listed) return std::nullopt;
  return out;
}

std::string as_listed(std::string text) {
  for (size_t at = text.find(kBetweenItems); at != std::string::npos;
       at = text.find(kBetweenItems, at + kListMark.size())) {
    text.replace(at, kBetweenItems.size(), kListMark);
  }
  return text;
}

}  // namespace

std::string fill(const std::string& text, const std::vector<std::string>& args) {
  std::string out;
  out.reserve(text.size() + 32);
  size_t next = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t close = text[i] == '{' ? text.find('}', i) : std::string::npos;
    const auto placeholder =
        close != std::string::npos
            ? read_placeholder(std::string_view(text).substr(i + 1, close - i - 1))
            : std::nullopt;
    if (!placeholder) {
      out += text[i];
      continue;
    }
    const size_t index = placeholder->index ? *placeholder->index : next++;
    if (index < args.size()) out += placeholder->listed ? as_listed(args[index]) : args[index];
    i = close;
  }
  return out;
}

std::string describe(const Refusal& refusal, const char* translated) {
  return fill(translated != nullptr ? std::string(translated) : refusal.text, refusal.args);
}

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "sitelog: internal error: %s does not hold (%s:%d)\n", condition, file,
               line);
  std::abort();
}

}  // namespace sitelog
