#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "sync/merge/book_settings.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/queries.hpp"
#include "tests/store/author.hpp"
#include "tests/support/wire.hpp"

namespace sitelog::clocks {

inline const BookCode kUnit = "u1";
inline constexpr int64_t kMinuteMs = 60'000;
inline constexpr int64_t kDayMs = 24 * 60 * kMinuteMs;
inline constexpr int64_t kYear9999Ms = 253'402'214'400'000;
inline constexpr uint64_t kLiarsBoot = 99;

// Headquarters; a liar, whose stream is written by hand; two honest sites. All hold one record.
struct Place {
  explicit Place(uint64_t rules = 3) {
    headquarters.most_of_device.chains = 1000;  // the liar says much of one record
    headquarters.reopen();
    for (TestDevice* site : {&liar, &b, &c}) headquarters.grant(*site, kUnit);
    if (rules > 1) headquarters.set_rules(rules);
    record = b.add_event("as recorded");
    settle();
    base = only_head();
  }
  EntryName only_head() { return headquarters.event(record, kUnit)->fields.at("title").heads[0]; }
  void settle() {
    for (TestDevice* site : {&liar, &b, &c, &liar, &b, &c}) sync(*site, headquarters);
  }
  // The liar's title, made as if it had seen the first one alone.
  void say_title(Author& author, const std::string& title, int64_t wall_ms) {
    Entry entry;
    entry.record = record;
    entry.form = "event";
    entry.parents = {base};
    entry.assignments = {{"title", title, {base}}};
    entry.clock = {{wall_ms}, 5000, kLiarsBoot};
    entry.hybrid = {wall_ms, 0};
    author.write(entry);
  }
  // Its own word about its clock.
  void say_anchor(Author& author, const ClockAnchor& anchor) {
    Entry entry;
    entry.record = *RecordId::from(liar.id().view());
    entry.form = kFormClock;
    entry.assignments = {{anchor_field(kLiarsBoot), anchor_value(anchor), {}}};
    entry.clock = {{clock.true_ms}, 5000, kLiarsBoot};
    author.write(entry);
  }
  bool bring(const Batch& batch) {
    return headquarters.store().transact([&] {
      return static_cast<bool>(
          headquarters.store().append(liar.as_peer(), batch, headquarters.now()));
    });
  }
  std::string title(TestDevice& at) { return at.event(record, kUnit)->text("title"); }
  bool all_show(const std::string& wanted) {
    settle();
    bool out = true;
    for (TestDevice* each : {&headquarters, &liar, &b, &c}) {
      CHECK(each->verified() == "");
      out = out && title(*each) == wanted &&
            each->state_digest(kUnit) == headquarters.state_digest(kUnit) &&
            shown_of(*each, kUnit) == shown_of(headquarters, kUnit);
    }
    return out;
  }
  size_t words(TestDevice& device) {
    size_t out = 0;
    for (const auto& [epoch, words] :
         headquarters.store().settings(kUnit).grant(device.id())->ahead)
      out += words.said().size();
    return out;
  }
  int64_t entries_of_grant(const TestDevice& device) {
    return headquarters.count(
        "SELECT count(*) FROM entries JOIN records USING (record_id) WHERE form = 'grant'"
        " AND lower(hex(record)) = '" +
        device.id().hex() + "'");
  }

  VirtualClock clock;
  TestDevice headquarters{clock, 1};
  TestDevice liar{clock, 2, headquarters, kUnit}, b{clock, 3, headquarters, kUnit},
      c{clock, 4, headquarters, kUnit};
  RecordId record;
  EntryName base;
};

}  // namespace sitelog::clocks
