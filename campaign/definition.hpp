#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/calendar.hpp"
#include "campaign/label.hpp"
#include "campaign/problems.hpp"
#include "sync/ledger/ids.hpp"
#include "sync/ledger/value.hpp"
#include "sync/merge/policy.hpp"

namespace sitelog {

struct Choice {
  std::string key;
  Label label;
  bool operator==(const Choice&) const = default;
};
using Vocabulary = std::vector<Choice>;

// The vocabulary every campaign has: its kinds.
inline constexpr std::string_view kKindVocabulary = "kind";
// Stands in reports for a kind or level that is missing or unknown; no choice may be called so.
inline constexpr std::string_view kUnspecified = "unspecified";

enum class FieldType { kText, kLongText, kInteger, kDate, kChoice, kList, kPhone, kFlag };
std::string_view name_of(FieldType type);

// What is unusual, yet may be right: told when saving, settled by an explanation.
struct WarnRule {
  enum class What { kAbove, kBelow, kMissing, kOutsideCampaign, kFuture, kNotTheBanner };
  What what{};
  int64_t limit = 0;     // of kAbove and kBelow
  std::string if_field;  // the rule holds only while this choice field has one of …
  std::vector<std::string> if_values;
  bool operator==(const WarnRule&) const = default;
};

struct Field {
  std::string name;
  FieldType type = FieldType::kText;
  Label label;
  bool required = false;
  std::string vocabulary;  // of a choice
  int64_t min = 0;         // of an integer
  int64_t max = 1'000'000'000;
  size_t length_max = 0;  // in characters: of a text, of each item of a list
  std::optional<Value> default_value;
  std::optional<Policy> policy;  // a list always has one
  std::vector<WarnRule> warn;
  bool operator==(const Field&) const = default;
};

struct Form {
  std::string key;
  Label label;
  std::vector<Field> fields;      // in the order they are asked for
  std::vector<std::string> list;  // the fields that a list of records shows
  // Which roles judge its records, one after the other; nothing: the campaign's.
  std::optional<std::vector<std::string>> stations;
  // Null where there is none; what people call a field campaign/names knows.
  const Field* field(std::string_view name) const;
};

struct Phase {
  std::string key;
  Label label;
  Date from, to;
};

struct Deadline {
  std::string key;
  Label label;
  Date date;
  std::string what;  // what is due: plan, monthly_plan, progress, events, summary …
};

struct Quota {
  BookCode unit;
  int64_t sessions = 0;
};

enum class Measure { kEvents, kSessions, kParticipants };
std::string_view name_of(Measure measure);

// So many of each of these kinds are asked of every unit.
struct Criterion {
  std::string key;
  Label label;
  std::vector<std::string> kinds;  // never empty
  Measure measure = Measure::kEvents;
  int64_t at_least = 0;
};

// Where the station of a role stands that a record is sent to.
enum class Stands {
  kNotSaid,
  kUnit,   // at the record's own unit
  kAbove,  // at the nearest unit above it where the role is filled
  kTop,    // at headquarters
};
std::string_view name_of(Stands stands);

// What people of a unit may be given to do: a relation in the unit tree, not a level of it.
struct RoleDefinition {
  std::string key;
  Label label;
  std::vector<std::string> may;  // read, record, review
  bool below = false;            // holds for the units below too, not for the unit alone
  Stands stands = Stands::kNotSaid;
  bool may_review() const { return std::find(may.begin(), may.end(), "review") != may.end(); }
};

// Which form is counted and what its fields mean for the counts.
struct ReportSettings {
  std::string form;
  std::string kind, level, sessions, participants,
      status;                     // field names; all but kind may be empty
  std::vector<std::string> held;  // the values of `status` that count
  bool operator==(const ReportSettings&) const = default;
};

// A campaign as laid down by headquarters. A value; made only by `parse_definition`, so what it
// refers to (vocabularies, kinds, fields) is there.
struct Definition {
  std::string id;
  int64_t version = 0;
  std::string digest;  // of the text that it was read from, in hexadecimal
  Label title;
  Date from, to;
  std::string banner;  // with {unit}; empty: the campaign has none
  Vocabulary kinds;
  std::map<std::string, Vocabulary> vocabularies;
  std::vector<Form> forms;
  std::vector<Phase> phases;
  std::vector<Deadline> deadlines;
  std::vector<Quota> quotas;             // in the order of the document
  std::optional<int64_t> printed_total;  // as the document says, right or wrong
  std::vector<Criterion> criteria;
  std::vector<RoleDefinition> roles;
  std::vector<std::string> stations;  // of its forms that name none of their own; may be empty
  ReportSettings report;
  std::map<std::string, Label, std::less<>> words;  // of its tables, by their names (word_of)

  const Form* form(std::string_view key) const;  // null where there is none
  const Vocabulary* vocabulary(std::string_view name) const;
  std::optional<int64_t> quota(const BookCode& unit) const;
  const RoleDefinition* role(std::string_view key) const;  // null where there is none
  // The stations of its records, the top last; none: headquarters alone judges them. Nor are there
  // any where what it says of them makes no sense here.
  std::vector<const RoleDefinition*> stations_of(const Form& form) const;
};

// A word of the campaign's tables ("quota", "signature" …): its own, or the usual one.
Label word_of(const Definition& definition, std::string_view name);
// All names of such words.
std::vector<std::string_view> word_names();

// What to make of a key this version doesn't know: a mistype in a file that a person wrote; in a
// record that a newer version published, something to pass over.
enum class UnknownKeys { kRefuse, kIgnore };

// What a person wrote and may still correct is also held to more than what is published
// (definition_check).
//
// Reads a campaign's TOML (docs/campaign-language.md). `file` is only named in
// the problems (kInvalidFile). Where the text is not TOML at all, its first error is the only one.
Parsed<Definition> parse_definition(std::string_view toml, const std::string& file,
                                    UnknownKeys unknown = UnknownKeys::kRefuse);

}  // namespace sitelog
