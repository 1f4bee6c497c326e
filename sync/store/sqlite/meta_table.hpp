#pragma once

#include <optional>
#include <string>

#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

// Of each book, its code behind them: the epoch in which this device writes, and what its hybrid
// clock had said ("wall counter") when an entry of its own was erased.
inline const std::string kEpochOf = "epoch:";
inline const std::string kHybridOf = "hybrid:";

// By which counting (Catalogue::counting) and listing (kListedBy, in hundreds) the counts and lists
// here were worked out; without it by 1.
inline constexpr const char* kCountedByKey = "counted_by";

// Small settings by name. Part of a Store, in its transaction.
class MetaTable {
 public:
  explicit MetaTable(Database& database);

  // Nothing where it is not set.
  std::optional<std::string> find(const std::string& key);
  void set(const std::string& key, const std::string& value);
  void erase(const std::string& key);

 private:
  Statement select_, replace_, delete_;
};

}  // namespace sitelog
