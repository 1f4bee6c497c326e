#include "sync/store/sqlite/tally_rows.hpp"

#include <boost/json.hpp>

#include "sync/store/sqlite/sqlite.hpp"

namespace sitelog {

std::string axes_column(const Axes& axes) {
  boost::json::array out;
  for (const std::string& text : axes) out.emplace_back(text);
  return boost::json::serialize(out);
}

Axes parse_axes(std::string_view column) {
  try {
    const boost::json::value parsed = boost::json::parse(column);  // outlives the loop
    Axes out;
    for (const auto& text : parsed.as_array()) {
      out.emplace_back(text.as_string());
    }
    return out;
  } catch (const std::exception&) {
    throw StoreError(StoreError::Kind::kDamaged, "a count's axes don't read back");
  }
}

}  // namespace sitelog
