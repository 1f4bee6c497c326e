#pragma once

#include <string>
#include <vector>

#include "sync/ledger/crypto.hpp"
#include "sync/store/folder.hpp"
#include "sync/store/store.hpp"

namespace sitelog {

// Whose data folder this is. Public facts stand in identity.json, the private key in device.key.
struct Identity {
  SigningKey key;
  bool is_headquarters = false;
  std::string name;  // headquarters' name, or what people call this device
  BookCode unit;     // of a site
  PublicKey headquarters;
  std::string headquarters_name;
  std::string certificate;             // DER, this device's
  std::string authority;               // DER
  std::vector<std::string> addresses;  // of headquarters, HOST:PORT, the last used first

  Owner owner() const { return {key, headquarters, unit}; }
  DeviceId device() const { return key.device(); }
};

// Refuses a folder nobody has set up (kNotJoined) and one whose identity is incomplete
// (kFolderDamaged): a missing or unreadable key is never replaced by a new one.
Result<Identity> load_identity(const DataFolder& folder);
// What is told (kFolderDamaged) where `file` of the folder is not what it must be.
Refusal damaged_file(const std::string& file, const std::string& folder);
void save_identity(const DataFolder& folder, const Identity& identity);

// The key of a folder that is being set up: drawn once and kept, so that a repeated attempt is the
// same device.
Result<SigningKey> key_for_joining(const DataFolder& folder);
bool has_identity(const DataFolder& folder);
// Refuses to set up a folder that holds entries, though no identity: it has lost its own. What an
// interrupted attempt has left holds none.
Result<> check_unused(const DataFolder& folder);

}  // namespace sitelog
