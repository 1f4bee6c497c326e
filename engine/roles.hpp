#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/accounts/account.hpp"
#include "engine/caller.hpp"
#include "engine/engine.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// What each role may do: the two of the code, and those of the published campaigns. What somebody
// may with a record follows from its campaign: where campaigns let one role do different things, or
// not all have it, it is held as several. Read anew only where the common book has changed. Any
// thread but the store's.
class RolesKnown {
 public:
  explicit RolesKnown(Engine& engine) : engine_(engine) {}

  // A role that no campaign knows any more may nothing.
  std::vector<Role> as_held(const std::vector<RoleGrant>& grants);
  bool knows(const std::string& role);
  // Whether this campaign has it; those of the code every one has.
  bool knows(const std::string& role, const std::string& campaign);
  // The key of the role that is called so, by its key or a label. Refuses kInvalidValue, with what
  // there is.
  Result<std::string> meant(const std::string& given);

 private:
  struct Meaning {
    std::set<Right> may;
    bool below = false;
    bool operator==(const Meaning&) const = default;
  };
  struct Meanings {
    // By role, what any campaign in force lets it, or, where none has it, any that was withdrawn:
    // whoever looked after its records is to see them still. And by campaign.
    std::map<std::string, Meaning> all;
    std::map<std::string, std::map<std::string, Meaning>> of;
    std::vector<std::string> in_force, withdrawn;  // campaigns
    std::set<std::string> in_use;                  // roles, of those in force
  };
  static void add_held(const Meanings& known, const RoleGrant& grant, std::vector<Role>& out);
  std::shared_ptr<const Meanings> read();

  Engine& engine_;
  std::mutex mutex_;  // guards the two
  std::shared_ptr<const Meanings> meanings_;
  Hash of_;  // the state of the common book that they were read from
};

}  // namespace sitelog
