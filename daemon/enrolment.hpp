#pragma once

#include "daemon/headquarters.hpp"
#include "sync/session/message.hpp"
#include "sync/store/store.hpp"

namespace sitelog {

// Lets a device in that shows an invitation's secret: grants it a place in its unit's book and
// issues its certificate. Runs in a transaction of `store`'s. The same device with the same secret
// is answered again, so that an answer lost on the way does no harm. Refuses kInvitationUnknown (of
// a removed unit too),
// kInvitationUsed, kInvitationExpired; kInvalidValue for a name that is none, kRevoked for a key
// that was shut out anywhere, kNotPermitted for one of another unit: these spend no invitation.
Result<JoinReply> enrol(Headquarters& headquarters, Store& store, const JoinRequest& request);

}  // namespace sitelog
