#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sitelog {

// Entries that lie side by side, by column: what says their form, then the same field of all of
// them together, in UTF-8 made shorter. It packs to a fifth less than the entries one after
// another, in less time. docs/protocol.md has the bytes.

// Nothing where the entries can't be put so, as they are no entries or not encoded as protobuf
// does: they travel as they are then.
std::optional<std::string> to_columns(const std::vector<std::string>& entries);

// The very same entries again. Nothing where `columns` is malformed, or would give more than
// `bytes_max`.
std::optional<std::vector<std::string>> from_columns(std::string_view columns, size_t bytes_max);

// What columns often hold, for both ends of zstd to know beforehand: the bytes are part of the
// protocol.
std::string_view columns_dictionary();

}  // namespace sitelog
