#pragma once

#include <atomic>

#include "sync/ledger/crypto.hpp"

namespace sitelog {

// Another key at each call; the same ones in every run.
inline SigningKey fresh_key() {
  static std::atomic<uint64_t> made = 0;
  KeySeed seed{0xf7};  // no other key of the tests begins so
  const uint64_t number = ++made;
  for (size_t i = 0; i < 8; ++i) seed[8 + i] = static_cast<uint8_t>(number >> (8 * i));
  return SigningKey::from_seed(seed);
}

inline AgreementKey fresh_agreement_key() {
  AgreementKey::Random random{};
  const KeySeed seed = fresh_key().seed();
  std::copy(seed.begin(), seed.end(), random.begin());
  return AgreementKey::from_random(random);
}

}  // namespace sitelog
