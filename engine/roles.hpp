#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "engine/accounts/account.hpp"
#include "engine/caller.hpp"
#include "engine/engine.hpp"

namespace sitelog {

// What each role may do: the two of the code, and those of the published campaigns. Read anew only
// where the common book has changed. Any thread but the store's.
class RolesKnown {
 public:
  explicit RolesKnown(Engine& engine) : engine_(engine) {}

  // A role that no campaign knows any more may nothing.
  std::vector<Role> as_held(const std::vector<RoleGrant>& grants);
  bool knows(const std::string& role);
  std::vector<std::string> names();

 private:
  struct Meaning {
    std::set<Right> may;
    bool below = false;
  };
  using Meanings = std::map<std::string, Meaning>;
  std::shared_ptr<const Meanings> read();

  Engine& engine_;
  std::mutex mutex_;  // guards the two
  std::shared_ptr<const Meanings> meanings_;
  Hash of_;  // the state of the common book that they were read from
};

}  // namespace sitelog
