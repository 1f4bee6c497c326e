#pragma once

#include "sync/merge/catalogue.hpp"
#include "sync/store/sqlite/sqlite.hpp"
#include "sync/store/store_options.hpp"

namespace sitelog {

// Takes the entries that a migration left in `entries_before` (migrations/) as if they came
// today: packs them, and works out everything that follows from them. Then drops that table; does
// nothing where it isn't there. Within the caller's transaction; `catalogue` learns on the way.
void rebuild_from_entries(Database& database, Catalogue& catalogue, const DeviceId& headquarters,
                          const StoreOptions& options, OpeningProgress& progress);

}  // namespace sitelog
