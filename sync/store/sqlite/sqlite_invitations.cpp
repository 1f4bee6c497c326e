#include "sync/store/sqlite/sqlite_invitations.hpp"

namespace sitelog {

void SqliteInvitations::add(const Hash& secret, const BookCode& unit, Instant expires) {
  Statement(database_,
            "INSERT INTO invitations (secret_hash, unit, expires_ms) VALUES (?1, ?2, ?3)")
      .with(secret, unit, expires.ms)
      .run();
}

std::optional<KeptInvitation> SqliteInvitations::find(const Hash& secret) const {
  Statement select(database_,
                   "SELECT unit, expires_ms, device FROM invitations WHERE secret_hash = ?1");
  select.with(secret);
  if (!select.step()) return std::nullopt;
  return KeptInvitation{select.text(0), {select.number(1)}, DeviceId::from(select.view(2))};
}

int64_t SqliteInvitations::open(const BookCode& unit, Instant now) const {
  Statement count(database_,
                  "SELECT count(*) FROM invitations"
                  " WHERE unit = ?1 AND expires_ms > ?2 AND device IS NULL");
  return count.with(unit, now.ms).number_or(0);
}

void SqliteInvitations::mark_used(const Hash& secret, const DeviceId& by) {
  Statement(database_, "UPDATE invitations SET device = ?2 WHERE secret_hash = ?1")
      .with(secret, by)
      .run();
}

}  // namespace sitelog
