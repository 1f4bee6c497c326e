#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sync/merge/catalogue.hpp"
#include "sync/merge/clock_words.hpp"
#include "sync/merge/record_state.hpp"
#include "sync/merge/standing.hpp"

namespace sitelog {

// How much headquarters keeps of one device in one book.
struct DeviceShare {
  uint64_t entries = 0;
  uint64_t bytes = 0;    // as their author encoded them
  uint64_t streams = 0;  // epochs and branches; of an allowance 0: as many as the store takes
  // Of an allowance, 0: the usual. Of one record, what so many chains may say; of all its records
  // in conflict, so many entries.
  uint64_t chains = 0;
  uint64_t contended = 0;
  bool operator==(const DeviceShare&) const = default;
};

// A device's right to write in a book, as the book's own grant records say.
struct Grant {
  DeviceId device;
  PublicKey key;
  std::string name;
  bool revoked = false;
  bool held_up = false;           // revoked by itself, for having brought too much
  std::string reason;             // why it was revoked, as headquarters said
  std::vector<Tip> kept;          // of a revoked device: its entries up to these tips still count
  std::vector<BookCode> subtree;  // of a hub: the units whose books it carries besides its own's
  // What others encrypt to, for the device alone to read; nothing where it has not said.
  std::optional<AgreementPublicKey> agreement_key = std::nullopt;
  std::map<Epoch, ClockWords> ahead = {};   // of its streams: no later than this
  std::optional<DeviceShare> allowed = {};  // where headquarters said how much it keeps of it
  bool operator==(const Grant&) const = default;
};

// The value of a grant's field `revoked`.
Value revoked_value(const std::vector<Tip>& kept, int64_t wall_ms, const std::string& reason);
// The same of a device that is held up: to a program that knows only of revocations it is one.
Value held_up_value(const std::vector<Tip>& kept, int64_t wall_ms);
// The value of its field `allowed`.
Value allowed_value(const DeviceShare& share);

struct Learned {
  std::optional<DeviceId> regrant;  // judge this device's entries again
  std::vector<Tip> as_before;       // but those up to these tips
  bool reshow = false;              // merge the records in conflict again
  std::optional<DeviceId> retimed;  // those with a candidate by this device
};

// What holds in one book: grants, policies and clock anchors, learned from the book's own merged
// records. A pure function of those records. Owned by the store, on its thread.
class BookSettings final : public Policies {
 public:
  // `authority` is the device whose word founds every grant; `catalogue` outlives this.
  BookSettings(BookCode book, DeviceId authority, const Catalogue& catalogue);

  // Takes the merged state of a grant, policy or clock record in the place of any earlier one;
  // one without fields when all its entries are in quarantine.
  Learned learn(const RecordState& record);

  // unit and field > the unit > campaign > latest; a type's own policy (max, min, union) yields
  // only to one set for the very field.
  Policy policy(const std::string& form, const std::string& campaign,
                const std::string& field) const override;

  bool heeds_stations() const override { return heeds_stations_; }
  void heed_stations(bool heeds) { heeds_stations_ = heeds; }

  const Grant* grant(const DeviceId& device) const;
  const std::map<DeviceId, Grant>& grants() const { return grants_; }
  DeviceId authority() const { return authority_; }
  // As it stands now: of a device without a grant here, or with a revoked one, none.
  Standing standing(const DeviceId& device) const;
  // True time of a reading where the device anchored that boot; else what the clock said.
  Instant true_time(const DeviceId& device, const ClockReading& reading) const;
  std::optional<ClockAnchor> anchor(const DeviceId& device, uint64_t boot) const;
  // The latest that headquarters lets a device's entry have been written at; nothing: any time.
  std::optional<Instant> not_after(const StreamKey& stream, Sequence number) const;

  // Why an entry by `author` is not merged; nothing when it is. Whether a revoked device's entry
  // comes before its revocation is the caller's to know (`before_revocation`).
  std::optional<Refusal> judge(const DeviceId& author, const Entry& entry,
                               bool before_revocation) const;

 private:
  BookCode book_;
  DeviceId authority_;
  bool heeds_stations_ = false;  // as the judging rules say
  const Catalogue& catalogue_;
  std::map<DeviceId, Grant> grants_;
  std::map<RecordId, std::map<std::string, Policy>> policy_records_;
  std::map<std::string, Policy> policies_;  // "*": the unit's; of several records the least id's
  std::map<DeviceId, std::map<uint64_t, ClockAnchor>> anchors_;  // by boot
};

// Field name and value of a clock record's anchor.
std::string anchor_field(uint64_t boot);
Value anchor_value(const ClockAnchor& anchor);

}  // namespace sitelog
