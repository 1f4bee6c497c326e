#pragma once

#include "daemon/backup_manifest.hpp"
#include "daemon/sealed_file.hpp"
#include "engine/operation.hpp"

namespace sitelog {

struct Restored {
  BackupManifest manifest;  // of one without: what the files say
  int64_t void_invitations = 0;
};

// Makes the data folder `to` from a backup: a folder, or with `key` an encrypted file. Refuses, and
// then leaves nothing behind: a backup that is not complete, not headquarters' or damaged, and a
// folder that is set up already. Nothing is ever overwritten.
Result<Restored> restore_folder(const std::string& backup, const SealKey& key,
                                const std::string& to, OperationIo& io);

}  // namespace sitelog
