#pragma once

#include <functional>
#include <string>

namespace sitelog {

// Copies the data file `from`, while it may be in use, to the new file `to` as it is at one moment:
// temporary file, checked, fsync, rename, fsync of the folder. Throws StoreError.
void copy_database(const std::string& from, const std::string& to,
                   const std::function<void(int64_t pages_done, int64_t pages)>& progress);

}  // namespace sitelog
