#pragma once

#include "sync/ledger/ids.hpp"

namespace sitelog {

// Addition of 32 byte numbers modulo 2^256, big-endian: the state digest of a book is the sum over
// its records, so that it follows each change at once whatever the order (MSet-Add-Hash, Clarke et
// al., "Incremental Multiset Hash Functions", 2003).
Hash add(const Hash& a, const Hash& b);
Hash negate(const Hash& a);

}  // namespace sitelog
