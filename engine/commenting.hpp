#pragma once

#include <boost/json.hpp>
#include <cstdint>

#include "engine/authoring.hpp"

// Words about a record that judge nothing.
namespace sitelog {

inline constexpr size_t kCommentBytesMax = 2000;
inline constexpr size_t kCommentsMax = 100;  // of a record; a device of other makes may bring more

// In a transaction. Refuses kTooLarge where the record has as many as it may have.
Result<Saved> save_comment(Store& store, const FoundRecord& found, const std::string& text,
                           const Author& author);

// Of a record as show_record tells it: its comments as "comments", the last kCommentsMax, oldest
// first, "comments_untold" how many more there are; in its history they do not stand once more.
void tell_comments(boost::json::object& record);

// Of a line of a list that says how many comments there are: whether the last was written at the
// other side, "comment_of_others".
void tell_who_spoke_last(const Queries& queries, const Identity& identity,
                         boost::json::object& line);

}  // namespace sitelog
