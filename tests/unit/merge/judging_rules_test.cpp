#include "sync/merge/judging_rules.hpp"

#include "support.hpp"
#include "sync/ledger/limits.hpp"
#include "sync/merge/forms.hpp"

using namespace sitelog;

namespace {

// Says its number.
class Numbered final : public JudgingRules {
 public:
  explicit Numbered(const char* number) : number_(number) {}
  std::optional<Refusal> judge(const BookSettings&, const DeviceId&, const Entry&,
                               bool) const override {
    return Refusal{Reason::kNotPermitted, number_, {}};
  }

 private:
  const char* number_;
};

RecordState said(const Values& values) {
  return told(kFormRules, rules_record(), values);
}

}  // namespace

TEST_CASE(
    "Where a program doesn't know the rules that hold, it judges by the newest that it knows") {
  const Numbered one("1"), two("2");
  const KnownRules known({&one, &two});
  CHECK(known.newest() == 2);
  CHECK(known.usable(1) == 1);
  CHECK(known.usable(2) == 2);
  CHECK(known.usable(3) == 2);
  CHECK(known.usable(UINT64_MAX) == 2);
  const BookSettings in("u1", device_number(0), kCatalogue);
  CHECK(known.of(1).judge(in, device_number(1), {}, true)->text == std::string("1"));
  CHECK(known.of(2).judge(in, device_number(1), {}, true)->text == std::string("2"));
}

TEST_CASE("Rules 1 are those of the book's grants, and bound nothing") {
  const BookSettings in("u1", device_number(0), kCatalogue);
  Entry entry;
  entry.form = "event";
  for (const int author : {0, 1}) {
    for (const bool before : {true, false}) {
      const auto right = in.judge(device_number(author), entry, before);
      const auto judged = known_rules().of(1).judge(in, device_number(author), entry, before);
      REQUIRE(judged.has_value() == right.has_value());
      if (right) CHECK(judged->reason == right->reason);
    }
  }
  CHECK_FALSE(known_rules().of(1).most_of_record("event"));
}

TEST_CASE("Rules 2 refuse what repeats a name, or sets a campaign that can be no key") {
  CHECK(known_rules().newest() == 4);
  const BookSettings in("u1", device_number(0), kCatalogue);
  const auto judged = [&](const Entry& entry) {
    // Headquarters is refused by no rules of its own: these alone speak.
    const auto refusal = known_rules().of(2).judge(in, device_number(0), entry, true);
    return refusal ? std::string(name_of(refusal->reason)) : std::string("merged");
  };
  Entry entry;
  entry.form = "event";
  entry.parents = {entry_number(2), entry_number(1)};
  entry.assignments = {{"title", Value("a"), {entry_number(1), entry_number(3)}},
                       {"_campaign", Value(std::string(limits::kKeyBytesMax, 'c')), {}}};
  CHECK(judged(entry) == "merged");
  Entry twice = entry;
  twice.parents.push_back(entry_number(2));
  CHECK(judged(twice) == "malformed");
  twice = entry;
  twice.assignments[0].replaces = {entry_number(3), entry_number(1), entry_number(3)};
  CHECK(judged(twice) == "malformed");
  Entry campaign = entry;
  campaign.assignments[1].value = Value();
  CHECK(judged(campaign) == "merged");
  for (const Value& value :
       {Value(std::string(limits::kKeyBytesMax + 1, 'c')), Value(7), Value(TextList{"c"})}) {
    campaign.assignments[1].value = value;
    CHECK(judged(campaign) == "malformed");
  }
}

TEST_CASE("Rules 2 bound what one chain says of a record, of its clock ten times as many entries") {
  constexpr uint64_t kAny = std::numeric_limits<uint64_t>::max();
  const ChainShare most{limits::kRecordEntriesOfChainMax, limits::kRecordBytesOfChainMax, kAny};
  CHECK(known_rules().of(2).most_of_record("event") == most);
  CHECK(known_rules().of(2).most_of_record(kFormClock) ==
        ChainShare{10 * most.entries, most.bytes, kAny});
}

TEST_CASE("Rules 3 bound the assignments of a chain too, of its clock as many as its entries") {
  const ChainShare most{limits::kRecordEntriesOfChainMax, limits::kRecordBytesOfChainMax,
                        limits::kRecordAssignmentsOfChainMax};
  CHECK(known_rules().of(3).most_of_record("event") == most);
  CHECK(known_rules().of(3).most_of_record(kFormClock) ==
        ChainShare{10 * most.entries, most.bytes, 10 * most.entries});
}

TEST_CASE("A rules record reads back as it was written; one that says nothing sensible says 1") {
  CHECK(rules_number(said(rules_values(7, "Sitelog 2"))) == 7);
  CHECK(said(rules_values(7, "Sitelog 2")).text("install") == "Sitelog 2");
  CHECK(rules_number(said({})) == 1);
  CHECK(rules_number(said({{"number", Value("7")}})) == 1);
  CHECK(rules_number(said({{"number", Value(int64_t{0})}})) == 1);
  CHECK(rules_number(said({{"number", Value(int64_t{-3})}})) == 1);
}

TEST_CASE("A state digest by rules 1 is told as ever, and by others it names them") {
  Hash sum;
  sum.bytes.fill(0xff);
  CHECK(told_digest(sum, 1) == sum);
  CHECK(told_digest(sum, 2) != sum);
  CHECK(told_digest(sum, 2) != told_digest(sum, 3));
  CHECK(told_digest(sum, 2) == told_digest(sum, 2));
  CHECK(told_digest({}, 2).hex() != Hash{}.hex());
}
