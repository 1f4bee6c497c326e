#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/odata_filter.hpp"

namespace sitelog {

// What a reading of a set asks for (OData 4.01 part 1, 11.2.6). A value. No I/O.
struct ODataQuery {
  std::optional<int64_t> top;
  int64_t skip = 0;
  bool count = false;
  std::string skip_token;  // the list's cursor behind the page before; empty: from the beginning
  std::optional<ODataFilter> filter;
  std::vector<std::string> select;  // empty: all
  // As they were given, for the next page's address: $filter and $select.
  std::vector<std::pair<std::string, std::string>> kept;

  using Given = std::vector<std::pair<std::string, std::string>>;
  // Options may leave out their $ (4.01). Refuses kUsage, and kUnknownForm what OData knows and is
  // not spoken here.
  static Result<ODataQuery> parse(const Given& given, const ODataSet& set);
};

}  // namespace sitelog
