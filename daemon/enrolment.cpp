#include "daemon/enrolment.hpp"

#include <algorithm>

#include "campaign/device_name.hpp"
#include "engine/known_units.hpp"
#include "engine/record_operations.hpp"
#include "sync/link/invitation.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace {

// A key that has a place already, or lost it, gets none by an invitation.
std::optional<Refusal> refuse_key(Store& store, const DeviceId& device, const BookCode& unit) {
  store.flush();  // another join of this moment may be of the same key
  const auto grants = store.queries().grants(device);
  const bool revoked = std::any_of(grants.begin(), grants.end(),
                                   [](const KnownGrant& grant) { return grant.revoked; });
  if (revoked) {
    return Refusal{Reason::kRevoked,
                   N_("device {} was shut out by headquarters, and an invitation doesn't let it in "
                      "again: headquarters can reinstate it (sitelogd devices reinstate), or join "
                      "with a new data folder"),
                   {device.hex()}};
  }
  if (device == store.device() || device == store.authority()) {
    return Refusal{
        Reason::kNotPermitted,
        N_("this is a key of headquarters': join with a new data folder (--data FOLDER)"),
        {}};
  }
  const auto elsewhere =
      std::find_if(grants.begin(), grants.end(),
                   [&unit](const KnownGrant& grant) { return grant.unit != unit; });
  if (elsewhere == grants.end()) return std::nullopt;
  return Refusal{Reason::kNotPermitted,
                 N_("this device is one of unit {} already, and a device belongs to one unit: join "
                    "with a new data folder (--data FOLDER); the invitation still holds"),
                 {elsewhere->unit}};
}

}  // namespace

Result<JoinReply> enrol(Headquarters& headquarters, Store& store, const JoinRequest& request) {
  const Hash secret = invitation_secret_hash(request.secret);
  const DeviceId device = device_of(request.key);
  const ClockReading now = read_clock();
  const auto invitation = store.invitations().find(secret);
  if (!invitation) {
    return Refusal{Reason::kInvitationUnknown,
                   N_("headquarters has given out no such invitation: check the code, or ask for a "
                      "new one"),
                   {}};
  }
  const BookCode& unit = invitation->unit;
  const auto& used_by = invitation->used_by;
  if (used_by && *used_by != device) {
    return Refusal{Reason::kInvitationUsed,
                   N_("this invitation was used already by another device: ask for a new one"),
                   {}};
  }
  if (!used_by && now.wall.ms > invitation->expires.ms) {
    return Refusal{Reason::kInvitationExpired,
                   N_("this invitation has expired: ask headquarters for a new one"),
                   {}};
  }
  if (const auto known = unit_in(store, unit); !used_by && known && known->removed) {
    return Refusal{
        Reason::kInvitationUnknown,
        N_("headquarters has removed unit {}, and its invitations let nobody in: ask for "
           "one to another unit"),
        {known->name}};
  }
  if (const auto name = check_device_name(request.name); !name) return name.refusal();
  if (auto refusal = refuse_key(store, device, unit)) return *std::move(refusal);
  std::map<std::string, Value> granted{{"key", Value(request.key.hex())},
                                       {"name", Value(request.name)},
                                       {"granted", Value(now.wall.ms)}};
  if (request.agreement_key) {
    const auto key = checked_agreement_key(*request.agreement_key, request.key);
    if (!key) return key.refusal();
    granted.emplace(kFieldAgreementKey, key->hex());
  }
  auto certificate = headquarters.authority.issue_site(request.key, unit);
  if (!certificate) return certificate.refusal();
  const std::string form(kFormGrant);
  const RecordId record = *RecordId::from(device.view());
  if (!used_by) {
    store.invitations().mark_used(secret, device);
    const auto known = store.state(unit, record, form);
    const Entry entry = compose(known ? &*known : nullptr, record, form, granted);
    const auto written = store.write(unit, entry, now, {});
    if (!written) return written.refusal();
  }
  const Identity& identity = headquarters.engine->identity();
  return JoinReply{certificate->der(), identity.authority, identity.headquarters, identity.name,
                   unit};
}

}  // namespace sitelog
