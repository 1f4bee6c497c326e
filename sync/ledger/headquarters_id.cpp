#include "sync/ledger/headquarters_id.hpp"

namespace sitelog {

HeadquartersId headquarters_id(const PublicKey& key, const Hash& authority) {
  Hasher hasher;
  const Hash hash =
      hasher.add("sitelog headquarters 1\n").add(key.view()).add(authority.view()).finish();
  return *HeadquartersId::from(hash.view().first(HeadquartersId::kSize));
}

}  // namespace sitelog
