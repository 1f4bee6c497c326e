#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/ledger/ids.hpp"
#include "sync/ledger/value.hpp"

// Approval by stations (docs/merge.md, "Stations"): what a site sends to be judged, and what each
// station of the chain that it asks says of it. Values alone: what they come to for a record is
// RecordState::review.
namespace sitelog {

enum class ReviewVerdict { kPending, kReturned, kAccepted, kRefused };
std::string_view name_of(ReviewVerdict verdict);
// One of the three that somebody can give.
std::optional<ReviewVerdict> parse_verdict(std::string_view name);

// Who is asked: a role at a unit. Without a unit it is the top, headquarters' own.
struct Station {
  std::string role;
  BookCode unit;
  bool is_top() const { return unit.empty(); }
  auto operator<=>(const Station&) const = default;
};
std::string text_of(const Station& station);  // "checker@county-1", "office@"
std::optional<Station> parse_station(std::string_view text);

// The field in which a role's stations speak.
inline constexpr std::string_view kStationPrefix = "_review.";
std::string station_field(std::string_view role);

// By field, ascending each.
using HeadsByField = std::map<std::string, std::vector<EntryName>, std::less<>>;

// What a site sends: the heads of the content, of the explanations and of the campaign as somebody
// was shown them. Heads name entries, which are never altered: they are what was sent.
struct Sent {
  HeadsByField heads;
  std::vector<Station> chain;  // each role once; the last is the top
  std::string campaign;        // digest of the campaign's definition; empty: not said
  std::string before;          // the name of what was sent before; empty: nothing was
  bool operator==(const Sent&) const = default;
};
inline constexpr size_t kChainMax = 8;

Value sent_value(const Sent& sent);
// Nothing where the value is none: without heads, a chain without a top, digests that are not those
// of the heads.
std::optional<Sent> read_sent(const Value& value);
// Digest over the heads of the campaign that it is sent under, in hexadecimal.
std::string campaign_digest_of(const Sent& sent);
// What verdicts call it by: a digest of the whole value, also of members that this version doesn't
// know.
std::string sent_name(const Value& value);
// The name that a value, whatever it is, gives of what was sent before it; empty where it gives
// none.
std::string sent_before(const Value& value);

// What is judged, and what is said to explain it; digested apart (heads_digest).
bool is_content_field(std::string_view field);
bool is_explanation_field(std::string_view field);
// Which campaign's rules it is judged by.
bool is_campaign_field(std::string_view field);
// Any of these three: what is sent.
bool is_sent_field(std::string_view field);
inline constexpr std::string_view kContentDomain = "sitelog content 1\n";
inline constexpr std::string_view kExplanationsDomain = "sitelog explanations 1\n";
inline constexpr std::string_view kCampaignDomain = "sitelog campaign 1\n";

// What a station says of what was sent.
struct StationVerdict {
  ReviewVerdict verdict = ReviewVerdict::kPending;
  BookCode unit;   // where it stands; empty: the top
  std::string of;  // sent_name of what it speaks of
  // The fields whose explanations it accepts; nothing: all that were sent.
  std::optional<std::vector<std::string>> accepts = {};
  std::string remark = {};
  std::map<std::string, std::string> field_remarks = {};
  std::string due = {};                    // YYYY-MM-DD, or empty
  std::optional<Station> instead_of = {};  // whose chair is empty
  std::string reason = {};                 // why it acts for that; with it always
  bool of_voiding = false;                 // a refusal that came with declaring the record void
  bool operator==(const StationVerdict&) const = default;
};
// In `_review` a flag: the refusal came with declaring the record void.
inline constexpr const char* kOfVoiding = "void";
bool is_of_voiding(const Structure& verdict);
Value verdict_value(const StationVerdict& verdict);
std::optional<StationVerdict> read_verdict(const Value& value);

// Whether `a` counts rather than `b` where one station gave both at once: the one that speaks of
// what is sent now, then the stricter. Equal ones are left to the clock.
bool counts_before(const Value& a, const Value& b, const std::string& sent);
bool counts_alike(const Value& a, const Value& b, const std::string& sent);

}  // namespace sitelog
