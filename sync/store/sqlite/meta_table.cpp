#include "sync/store/sqlite/meta_table.hpp"

namespace sitelog {

MetaTable::MetaTable(Database& database)
    : select_(database, "SELECT value FROM meta WHERE key = ?1"),
      replace_(database, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)"),
      delete_(database, "DELETE FROM meta WHERE key = ?1") {}

std::optional<std::string> MetaTable::find(const std::string& key) {
  select_.with(key);
  std::optional<std::string> out;
  if (select_.step()) out = select_.text(0);
  select_.restart();
  return out;
}

void MetaTable::set(const std::string& key, const std::string& value) {
  replace_.with(key, value).run();
}

void MetaTable::erase(const std::string& key) {
  delete_.with(key).run();
}

}  // namespace sitelog
