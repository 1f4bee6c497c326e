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
// Whether what changes in this book is anybody's to hear: not who may come in.
bool is_told_of(const BookCode& book);
// Nothing where it is nobody's matter.
std::optional<ToldChange> told_change(const Queries& queries, const TouchedRecord& touched);

}  // namespace sitelog
