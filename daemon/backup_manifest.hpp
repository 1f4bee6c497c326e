#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "sync/ledger/result.hpp"
#include "sync/store/data_file.hpp"
#include "sync/store/files.hpp"

namespace sitelog {

// The files a backup has beside its manifest. The identity comes last: a folder that has one is
// complete.
inline constexpr const char* kIdentityFile = "identity.json";
inline constexpr const char* kDataFile = "sitelog.db";
inline constexpr const char* kKeyFiles[] = {"device.key",    "agreement.key",    "authority.key",
                                            "accounts.json", "credentials.json", "web.key",
                                            "web.crt"};

// How much of a large file is in memory at a time.
inline constexpr size_t kCopyPieceBytes = size_t{1} << 20;

// What a backup says of itself: whose it is, of when, and what its files hash to. Backups of
// earlier builds and plain copies of a data folder have none.
struct BackupManifest {
  static constexpr const char* kFile = "backup.json";

  std::string headquarters = {};  // its name
  int64_t made_ms = 0;            // Unix time; 0 where it is not known
  FileCounts counts = {};
  std::map<std::string, std::string> hashes = {};  // SHA-256 in hex, by file name

  std::string to_json() const;
  static std::optional<BackupManifest> parse(const std::string& json);

  // Refuses (kFolderDamaged) where a file is missing in `folder` or is another, and names it.
  Result<> check(const HeldFolder& folder) const;
};

// SHA-256 in hex of a file in `folder`; nothing where there is none. Throws StoreError.
std::optional<std::string> hash_of_file(const HeldFolder& folder, const std::string& name);

// What is told of a backup in which `file` is not as it must be.
Refusal incomplete_backup(const std::string& backup, const std::string& file);

}  // namespace sitelog
