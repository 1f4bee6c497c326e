#pragma once

#include "sync/store/invitations.hpp"
#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

// Invitations over the writing connection, which outlives it.
class SqliteInvitations final : public Invitations {
 public:
  explicit SqliteInvitations(Database& database) : database_(database) {}

  void add(const Hash& secret, const BookCode& unit, Instant expires) override;
  std::optional<KeptInvitation> find(const Hash& secret) const override;
  int64_t open(const BookCode& unit, Instant now) const override;
  void mark_used(const Hash& secret, const DeviceId& by) override;

 private:
  Database& database_;
};

}  // namespace sitelog
