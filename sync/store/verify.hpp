#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sync/ledger/headquarters_id.hpp"
#include "sync/merge/catalogue.hpp"
#include "sync/merge/judging_rules.hpp"

namespace sitelog {

// Something that is not as it must be.
struct Finding {
  // file, device, entry, chain, head, record, conflict, quarantine, tally, digest, count, held,
  // receipt, peer, invitation, setting
  std::string kind;
  std::string where;       // `where_text` with its arguments: "unit u1, stream …, entry 17"
  std::string what;        // a message
  std::string advice;      // a message: what to do
  std::string where_text;  // a message with places
  std::vector<std::string> where_args;  // for them
};

struct Verified {
  int64_t entries = 0;
  int64_t records = 0;
  int64_t heads = 0;              // signatures checked
  std::vector<Finding> findings;  // the first thousand
  int64_t findings_total = 0;
};

// Works everything out again from the entries and compares it with what is kept: bytes against
// hashes, hashes against signatures, receipts against headquarters' signature, merged records,
// conflicts, quarantine, tallies and digests against the merge, the tables against each other.
// Changes nothing; sees one moment. `catalogue` starts empty.
//
// What nothing else is said by can't be checked further than that it makes sense: when somebody
// was met, how much of a stream a peer was last known to hold and since when, the clock's offset,
// the last sync's figures, an unused invitation's secret and expiry, `bytes` of a signed head, the
// code of a book without entries. Nothing rests on those; the next contact says most of them anew.
Verified verify_store(const std::string& database_path, const PublicKey& headquarters,
                      const HeadquartersId& id, Catalogue& catalogue,
                      const std::function<void(const char* step, int64_t done)>& progress,
                      const KnownRules& rules = known_rules());

}  // namespace sitelog
