#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sync/ledger/crypto.hpp"
#include "sync/store/folder.hpp"
#include "sync/store/store.hpp"

namespace sitelog {

// Whose data folder this is. Public facts stand in identity.json, the private keys in device.key
// and agreement.key.
struct Identity {
  SigningKey key;
  // What others encrypt to; nothing in a folder of an earlier build that was not opened since.
  std::optional<AgreementKey> agreement_key;
  Standing standing;
  std::string name;  // headquarters' name, or what people call this device
  PublicKey headquarters;
  std::string headquarters_name;
  std::string certificate;             // DER, this device's
  std::string authority;               // DER
  std::vector<std::string> addresses;  // of headquarters, HOST:PORT, the last used first

  // Of a site.
  const BookCode& unit() const { return standing.unit(); }
  Owner owner() const;
  HeadquartersId headquarters_id() const;
  DeviceId device() const { return key.device(); }
};

// Whether headquarters or a device may be called so: one line that is seen, of kPersonBytesMax.
Result<> check_name(const std::string& name);

// Refuses a folder nobody has set up (kNotJoined) and one whose identity is incomplete
// (kFolderDamaged): a missing or unreadable key is never replaced by a new one.
Result<Identity> load_identity(const DataFolder& folder);
// What is told (kFolderDamaged) where `file` of the folder is not what it must be.
Refusal damaged_file(const std::string& file, const std::string& folder);
void save_identity(const DataFolder& folder, const Identity& identity);

// The keys of a folder that is being set up: drawn once and kept, so that a repeated attempt is the
// same device.
struct DeviceKeys {
  SigningKey signing;
  AgreementKey agreement;
};
Result<DeviceKeys> keys_for_joining(const DataFolder& folder);
// Draws the agreement key of a folder that has none and keeps it. Throws StoreError.
void add_agreement_key(const DataFolder& folder, Identity& identity);
bool has_identity(const DataFolder& folder);
// Refuses to set up a folder that holds entries, though no identity: it has lost its own. What an
// interrupted attempt has left holds none.
Result<> check_unused(const DataFolder& folder);

}  // namespace sitelog
