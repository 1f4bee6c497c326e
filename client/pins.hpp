#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/accounts/passwords.hpp"
#include "sync/ledger/ids.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

namespace limits {

inline constexpr size_t kPinLengthMin = 4;  // characters
inline constexpr size_t kPinLengthMax = 64;
// Wrong ones of one person; then the next has to wait: a second, then twice as long each time.
inline constexpr int kPinTriesFree = 5;
inline constexpr std::chrono::seconds kPinWaitFirst{1};
inline constexpr std::chrono::minutes kPinWaitMost{15};
// Whoever showed a PIN is asked again when nothing was done in their name for so long.
inline constexpr std::chrono::minutes kPinLasts{15};

}  // namespace limits

// The PINs of people at this device, and who is at it now. Of the folder alone: no entry and no
// other device has any of it. It keeps honest people's names apart at a shared computer; whoever
// may change the folder's files can do without. Times come in. Any thread.
class Pins {
 public:
  static constexpr const char* kFile = "pins.json";

  // Refuses kFolderDamaged a file that can't be read as one. `folder` outlives it.
  static Result<std::unique_ptr<Pins>> open(const DataFolder& folder);

  // Refuses (kInvalidValue) what is too short or too easy.
  static Result<> fit(const std::string& pin);

  // `since`: what the unit's book says of when PINs began to hold (engine/people); of another one
  // they are forgotten.
  bool has(const RecordId& person, const std::string& since) const;
  bool any() const;                      // somebody has one at this device
  std::vector<RecordId> people() const;  // who have
  // Drops, for good, those of people of whom another `since` was seen.
  void drop_others(const std::map<RecordId, std::string>& since);
  // Whether it is theirs. A try is counted before it is looked at, so that who ends the program has
  // had it. Refuses kInvalidValue what is wrong, and what comes too soon after wrong ones.
  Result<> check(const RecordId& person, const std::string& since, const std::string& pin,
                 int64_t now_ms);
  void set(const RecordId& person, const std::string& since, const std::string& pin);
  void forget(const RecordId& person);

  struct Here {
    RecordId person;
    std::string name;
    bool by_pin = false;
    int64_t used_ms = 0;
  };
  // Nothing where nobody is, or whoever showed a PIN did nothing for long.
  std::optional<Here> here(int64_t now_ms) const;
  void come(const Here& here);
  void leave();
  // Something was done in their name.
  void note_use(int64_t now_ms);

 private:
  struct Pin {
    std::string hash, since;
    int wrong = 0;
    int64_t until_ms = 0;  // the next try is looked at
  };
  struct All {
    std::map<RecordId, Pin> pins;
    std::optional<Here> here;
  };
  explicit Pins(const DataFolder& folder) : folder_(folder) {}
  void keep(All changed);
  static std::string to_file(const All& all);
  static All from_file(const std::string& text);

  const DataFolder& folder_;
  Passwords passwords_;
  mutable std::mutex mutex_;  // held while a PIN is looked at: tries come one after the other
  All all_;
};

}  // namespace sitelog
