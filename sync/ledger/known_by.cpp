#include "sync/ledger/known_by.hpp"

namespace sitelog {

const char* name_of(KnownBy how) {
  switch (how) {
    case KnownBy::kDeviceKey: break;
    case KnownBy::kFolder: return "folder";
    case KnownBy::kPassword: return "password";
    case KnownBy::kToken: return "token";
    case KnownBy::kPin: return "pin";
  }
  return "device";
}

KnownBy known_by_of(uint32_t number) {
  for (const KnownBy how : {KnownBy::kFolder, KnownBy::kPassword, KnownBy::kToken, KnownBy::kPin}) {
    if (number == static_cast<uint32_t>(how)) return how;
  }
  return KnownBy::kDeviceKey;
}

}  // namespace sitelog
