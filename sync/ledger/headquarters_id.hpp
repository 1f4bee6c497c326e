#pragma once

#include "sync/ledger/crypto.hpp"

namespace sitelog {

// Which headquarters somebody's word is for, or whose it is, as what is signed names it.
using HeadquartersId = FixedBytes<struct HeadquartersTag, 16>;

// Follows from the key it signs with and from the authority under which its devices' certificates
// are issued (the fingerprint of that one's certificate): of two folders with one of them alike the
// one is never taken for the other. A copy of both is the same headquarters.
HeadquartersId headquarters_id(const PublicKey& key, const Hash& authority);

}  // namespace sitelog
