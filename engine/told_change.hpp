#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string_view>

#include "sync/store/queries.hpp"

namespace sitelog {

// What is told, to who listens, of something that changed: what kind of thing it is, and which.
struct ToldChange {
  std::string_view kind;
  boost::json::object data;
};
// Nothing where it is nobody's matter.
std::optional<ToldChange> told_change(const Queries& queries, const TouchedRecord& touched);

}  // namespace sitelog
