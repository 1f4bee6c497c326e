#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sync/ledger/keys.hpp"
#include "sync/merge/catalogue.hpp"

namespace sitelog {

// Something that is not as it must be.
struct Finding {
  std::string kind;  // file, entry, chain, head, record, conflict, quarantine, tally, digest, count
  std::string where;  // unit, stream and number, or record
  std::string what;
};

struct Verified {
  int64_t entries = 0;
  int64_t records = 0;
  int64_t heads = 0;              // signatures checked
  std::vector<Finding> findings;  // the first thousand
  int64_t findings_total = 0;
};

// Works everything out again from the entries and compares it with what is kept: bytes against
// hashes, hashes against signatures, merged records, conflicts, quarantine, tallies and digests
// against the merge. Changes nothing; sees one moment. `catalogue` starts empty.
Verified verify_store(const std::string& database_path, const PublicKey& headquarters,
                      Catalogue& catalogue,
                      const std::function<void(const char* step, int64_t done)>& progress);

}  // namespace sitelog
