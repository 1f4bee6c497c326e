#pragma once

#include <optional>

#include "sync/ledger/clock.hpp"
#include "sync/ledger/ids.hpp"

namespace sitelog {

struct KeptInvitation {
  BookCode unit;
  Instant expires;
  std::optional<DeviceId> used_by;
};

// The invitations that headquarters gave out, by the hash of their one-time secret. Inside a
// transaction of the store's; throws StoreError.
class Invitations {
 public:
  virtual ~Invitations() = default;
  // `secret` is new.
  virtual void add(const Hash& secret, const BookCode& unit, Instant expires) = 0;
  virtual std::optional<KeptInvitation> find(const Hash& secret) const = 0;
  // How many for a unit can still be used.
  virtual int64_t open(const BookCode& unit, Instant now) const = 0;
  virtual void mark_used(const Hash& secret, const DeviceId& by) = 0;
};

}  // namespace sitelog
