#pragma once

#include "daemon/backup_manifest.hpp"
#include "daemon/sealed_file.hpp"
#include "engine/operation.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

// Copies a data folder in use: the data file as it is at one moment, the identity and the keys, and
// beside them a manifest. To the new folder `to`, which only its owner may read; or, with a key, to
// the new file `to`, encrypted: until that is done a copy of the data file lies in the data folder.
// Refuses a target that is there: nobody can have prepared it, and nothing is overwritten. Gives
// back whether the target's medium lets others read what lies there.
struct BackupMade {
  BackupManifest manifest;
  bool others_read = false;
};
Result<BackupMade> backup_folder(const DataFolder& folder, const std::string& headquarters,
                                 const std::string& to, const SealKey& key, OperationIo& io);

// What a killed backup may have left in a data folder.
void clear_backup_leftovers(const DataFolder& folder);

}  // namespace sitelog
