#pragma once

#include <functional>
#include <string>

#include "sync/ledger/ids.hpp"
#include "sync/ledger/result.hpp"

// A folder's data file, apart from the store that writes it. All throw StoreError.
namespace sitelog {

// Whether a data file that nobody has open holds any entry. An unfinished write in it, of a process
// that was killed, is undone first.
bool has_entries(const std::string& path);

// Whether an older Sitelog wrote it: it is first to be brought up to date.
bool is_of_older_schema(const std::string& path);

// Copies the data file `from`, while it may be in use, to the new file `to` as it is at one moment:
// temporary file, its owner's alone, checked, fsync, rename, fsync of the folder. Throws
// StoreError.
void copy_database(const std::string& from, const std::string& to,
                   const std::function<void(int64_t pages_done, int64_t pages)>& progress);

// How much a data file that nobody has open holds.
struct FileCounts {
  int64_t records = 0;
  int64_t entries = 0;
};
FileCounts counts_of(const std::string& path);

// Refuses (kFolderDamaged) a data file that nobody has open where it is damaged, has no books, or
// holds entries and none of `headquarters`.
Result<> check_headquarters_file(const std::string& path, const DeviceId& headquarters);

// What a copy has of invitations that are open may have been used since it was made: they are void.
// Returns how many.
int64_t void_open_invitations(const std::string& path);

// For a copy that is to be written in: what was written after the copy was made is out there under
// this device's name. New epochs keep what the copy writes apart from it.
void forget_epochs(const std::string& path);

}  // namespace sitelog
