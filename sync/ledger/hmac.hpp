#pragma once

#include <array>
#include <cstdint>

#include "sync/ledger/ids.hpp"

namespace sitelog {

// HMAC-SHA-1 (RFC 2104): what authenticator apps know. For nothing that is kept.
std::array<uint8_t, 20> hmac_sha1(BytesView key, BytesView message);

}  // namespace sitelog
