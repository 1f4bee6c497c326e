#pragma once

#include <toml++/toml.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/calendar.hpp"
#include "campaign/label.hpp"
#include "campaign/problems.hpp"

namespace sitelog {

inline size_t line_of(const toml::node& node) {
  return node.source().begin.line != 0 ? node.source().begin.line : 1;
}

enum class Need { kRequired, kOptional };

// Reads one TOML table: what is missing, of the wrong type or not known goes to the problem list,
// with its line, and reading goes on. Internal to campaign/; lives while its table does.
class TableReader {
 public:
  TableReader(const toml::table& table, ProblemList& problems)
      : table_(&table), problems_(&problems) {}

  // Null where the key is not there. Marks it as known.
  const toml::node* node(std::string_view key, Need need = Need::kOptional);
  std::string text(std::string_view key, Need need = Need::kOptional);
  // Lower-case ASCII: [a-z0-9] first, then these, `_` and `-`; at most 64.
  std::string key(std::string_view key, Need need = Need::kRequired);
  std::optional<int64_t> integer(std::string_view key, Need need = Need::kOptional);
  bool flag(std::string_view key);
  // A TOML date, or a text that is one.
  Date date(std::string_view key);
  // The keys zh and en, both required.
  Label label();
  std::vector<std::string> texts(std::string_view key, Need need = Need::kOptional);
  const toml::table* table(std::string_view key, Need need = Need::kOptional);
  std::vector<const toml::table*> tables(std::string_view key, Need need = Need::kOptional);

  size_t line() const { return line_of(*table_); }
  // The line of a key's value, or of the table where the key is not there.
  size_t line(std::string_view key) const;
  // Reports every key that nobody asked for.
  void refuse_others();

 private:
  void wrong_type(const toml::node& node, std::string_view key, const char* message);

  const toml::table* table_;
  ProblemList* problems_;
  std::set<std::string, std::less<>> known_;
};

bool is_key(std::string_view text);

}  // namespace sitelog
