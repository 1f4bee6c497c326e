#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sync/store/queries.hpp"

// A folder's data file, apart from the store that writes it. All throw StoreError.
namespace sitelog {

// Reads the data file, whoever writes it meanwhile: all that is asked sees one moment.
std::unique_ptr<const Queries> open_queries(const std::string& path);

// Whether a data file that nobody has open holds any entry. An unfinished write in it, of a process
// that was killed, is undone first.
bool has_entries(const std::string& path);

// Copies the data file `from`, while it may be in use, to the new file `to` as it is at one moment:
// temporary file, checked, fsync, rename, fsync of the folder. Throws StoreError.
void copy_database(const std::string& from, const std::string& to,
                   const std::function<void(int64_t pages_done, int64_t pages)>& progress);

// For a copy that is to be written in: what was written after the copy was made is out there under
// this device's name. New epochs keep what the copy writes apart from it.
void forget_epochs(const std::string& path);

}  // namespace sitelog
