#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/entry.hpp"
#include "sync/merge/book_settings.hpp"

// Which rules judge what devices write. Rules are numbered from 1. A record of the common book says
// which hold; while there is none, rules 1 do. A replica that doesn't know those that hold judges
// by the newest that it knows, and goes on (docs/merge.md, "Judging rules").
namespace sitelog {

// What one chain (a stream up to an entry, through its forks) says of one record: entries, their
// bytes as stored, and their assignments.
struct ChainShare {
  uint64_t entries = 0;
  uint64_t bytes = 0;
  uint64_t assignments = 0;
  void add(BytesView entry) {
    ++entries;
    bytes += entry.size();
    assignments += count_assignments(entry);
  }
  bool fits(const ChainShare& most) const {
    return entries <= most.entries && bytes <= most.bytes && assignments <= most.assignments;
  }
  bool operator==(const ChainShare&) const = default;
};

// So many entries of a record can be neither too many nor too long together, whatever chains they
// are in. Nearly every record has one.
uint64_t always_fit(const ChainShare& most);

class JudgingRules {
 public:
  virtual ~JudgingRules() = default;
  // Why an entry by a device, other than headquarters, is not merged; nothing when it is. A pure
  // function: of the same settings and entry always the same. `before_revocation` as in
  // BookSettings::judge.
  virtual std::optional<Refusal> judge(const BookSettings& in, const DeviceId& author,
                                       const Entry& entry, bool before_revocation) const = 0;
  // An entry counts while it and those before it in its own chain say no more than this of a record
  // of this form, merged or not. So a verdict rests on what is before it alone: no other stream, no
  // clock and no order of arrival changes it.
  // Nothing: as much as it likes.
  virtual std::optional<ChainShare> most_of_record(std::string_view) const { return std::nullopt; }
  // Whether what headquarters says of a device's clock counts for when its entries were written.
  virtual bool heed_clock_words() const { return false; }
  // Whether what is sent to stations, and what these say of it, counts (stations.hpp).
  virtual bool heed_stations() const { return false; }
};

// Rules 1, and what bounds the cost of a record: each name in an entry once, `_campaign` a text
// that can be a key, and of one record from one chain no more entries and bytes than `most` (of
// `clock` ten times as many entries).
class RulesTwo : public JudgingRules {
 public:
  explicit RulesTwo(ChainShare most) : most_(most) {}
  std::optional<Refusal> judge(const BookSettings& in, const DeviceId& author, const Entry& entry,
                               bool before_revocation) const override;
  std::optional<ChainShare> most_of_record(std::string_view form) const override;

 protected:
  const ChainShare most_;
};

// Rules 2, no more assignments than `most` (of `clock` as many as it has entries), and
// headquarters' words about clocks that stand ahead.
class RulesThree : public RulesTwo {
 public:
  using RulesTwo::RulesTwo;
  std::optional<ChainShare> most_of_record(std::string_view form) const override;
  bool heed_clock_words() const override { return true; }
};

// Rules 3, and stations: a device says nothing for one, and what it sends to them can be read.
class RulesFour : public RulesThree {
 public:
  using RulesThree::RulesThree;
  std::optional<Refusal> judge(const BookSettings& in, const DeviceId& author, const Entry& entry,
                               bool before_revocation) const override;
  bool heed_stations() const override { return true; }
};
// From these on records are sent to stations.
inline constexpr uint64_t kRulesOfStations = 4;

// The rules that a program knows: 1, 2, … without a gap.
class KnownRules {
 public:
  // `from_one`: at least one; all outlive this.
  explicit KnownRules(std::vector<const JudgingRules*> from_one);

  uint64_t newest() const { return rules_.size(); }
  // Those to judge by where `hold` hold: these, or the newest known.
  uint64_t usable(uint64_t hold) const { return hold < newest() ? hold : newest(); }
  const JudgingRules& of(uint64_t number) const;  // 1 to newest

 private:
  std::vector<const JudgingRules*> rules_;
};

// What this program knows.
const KnownRules& known_rules();

// What a replica says of its rules.
struct RulesInForce {
  uint64_t hold = 1;       // as headquarters laid down
  uint64_t judged_by = 1;  // what is here
  std::string install;     // headquarters' word: the version that laid down those that hold
};

// The one record that says which rules hold, and what it says: 1 where it says nothing sensible.
RecordId rules_record();
uint64_t rules_number(const RecordState& record);
std::map<std::string, Value> rules_values(uint64_t number, const std::string& install);

// A book's state digest as it is told: the sum over its records, and from rules 2 on by which rules
// it was judged, so that digests of different rules are never equal by chance of their content.
Hash told_digest(const Hash& sum, uint64_t judged_by);

}  // namespace sitelog
