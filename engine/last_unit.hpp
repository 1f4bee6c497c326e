#pragma once

#include <optional>

#include "campaign/units.hpp"
#include "sync/store/store.hpp"

namespace sitelog {

// A unit as the store has it now, with what this transaction changed; nothing where it is not
// known. On the store's thread.
std::optional<Unit> unit_in(Store& store, const BookCode& code);

// The one that was asked for last, which at a site is its own: kept while the common book holds the
// same entries. On the store's thread.
class LastUnit {
 public:
  const std::optional<Unit>& find(Store& store, const BookCode& code);

 private:
  std::optional<Unit> unit_;
  BookCode code_;
  std::optional<Hash> held_;  // what the common book held then
};

}  // namespace sitelog
