#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/ids.hpp"
#include "sync/ledger/known_by.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// A role that an account was given: at a unit, or everywhere where `unit` is empty; for the records
// of one campaign, or of all where `campaign` is empty.
struct RoleGrant {
  std::string role;
  BookCode unit;
  std::string campaign = {};
  bool operator==(const RoleGrant&) const = default;
};

// Somebody who may sign in. A value.
struct Account {
  std::string name;  // as entries say it of their person
  std::vector<RoleGrant> roles = {};
  bool disabled = false;
  int64_t added_ms = 0;
  bool operator==(const Account&) const = default;
};

// Who has an account, and in which roles: facts that all daemons of one headquarters share. How
// they prove it (Credentials) is each folder's own. Any thread but the store's.
class AccountBook {
 public:
  virtual ~AccountBook() = default;
  // By the name, or one that looks like it (campaign/looks).
  virtual std::optional<Account> find(const std::string& name) const = 0;
  virtual std::vector<Account> all() const = 0;  // ascending by name
  // Adds it, or puts it in the place of the one so called, in the name of `by`. Durable when it
  // returns. Where it refuses, or throws StoreError, nothing has changed.
  virtual Result<> put(const Account& account, const Person& by) = 0;
};

}  // namespace sitelog
