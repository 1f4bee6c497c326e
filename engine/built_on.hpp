#pragma once

// Internal to engine: whether an entry is somebody's own, and who wrote after it. What takes
// something back has this alike, be it a verdict or a change.

#include <string>
#include <vector>

#include "sync/merge/record_state.hpp"

namespace sitelog {

bool is_one_of(const std::vector<EntryName>& heads, const EntryName& name);

// Who wrote an entry, and when.
std::vector<std::string> by_whom(const HistoryEntry& item);

// Whether both are of one account, or of one owner of the folder.
bool is_same(const Person& a, const Person& b);

// Of a record's entries these, and all that they know of.
std::vector<const HistoryEntry*> up_to(const std::vector<HistoryEntry>& history,
                                       const std::vector<EntryName>& heads);
// The others: made since, or knowing nothing of them.
std::vector<const HistoryEntry*> made_since(const std::vector<HistoryEntry>& history,
                                            const std::vector<EntryName>& heads);

// Whether what an entry said there is said still: not taken back, nor said otherwise later.
bool stands(const RecordState& state, const Assignment& made, const HistoryEntry& item);

// Whether two entries are of one thing that somebody did: only then all of this is the same.
bool done_together(const HistoryEntry& first, const HistoryEntry& second);

}  // namespace sitelog
