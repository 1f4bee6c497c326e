#pragma once

#include "engine/operation.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

// Copies a data folder in use to the new folder `to`: the data file as it is at one moment, the
// identity and the keys. A folder with identity.json is a complete copy. Refuses one that is there.
Result<> backup_folder(const DataFolder& folder, const std::string& to, OperationIo& io);

// Makes the data folder `to` from a backup. Refuses an incomplete backup, and a folder that is set
// up already: nothing is ever overwritten.
Result<> restore_folder(const std::string& backup, const std::string& to, OperationIo& io);

}  // namespace sitelog
