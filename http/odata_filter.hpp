#pragma once

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/odata_model.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// $filter, as far as it is spoken here: PROPERTY eq|ne|gt|ge|lt|le LITERAL, joined by `and` and
// `or`, with brackets (OData 4.01 part 2, 5.1.1). A value. No I/O.
class ODataFilter {
 public:
  // Refuses kUsage what is no filter, names no property of the set or compares it with another
  // kind; kUnknownForm what OData knows and is not spoken here.
  static Result<ODataFilter> parse(std::string_view text, const ODataSet& set);
  bool fits(const boost::json::object& row) const;

  enum class Comparison { kEqual, kUnequal, kGreater, kAtLeast, kLess, kAtMost };
  struct Term {
    std::string property;
    Comparison comparison{};
    boost::json::value literal;
  };
  // Comparisons that every row which fits meets; not all that it has to.
  std::vector<Term> needed() const;

 private:
  struct Node;
  friend class ODataFilterParser;
  static bool fits(const Node& node, const boost::json::object& row);
  std::shared_ptr<const Node> root_;
};

}  // namespace sitelog
