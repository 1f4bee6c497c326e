#pragma once

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/entry.hpp"

// Real things for targets to start from. Keys and certificates are of nobody.
namespace sitelog::fuzz {

extern const char* const kAuthorityCertificate;     // PEM
extern const char* const kSiteCertificate;          // of a device of unit shenma-mine-8
extern const char* const kHeadquartersCertificate;  // of headquarters' device

SigningKey key_of(uint8_t seed);

// An event, its correction, a grant, a policy, a clock anchor, a unit, a campaign, and a grant with
// all that headquarters says by itself, in turn.
std::vector<Entry> sample_entries();

}  // namespace sitelog::fuzz
