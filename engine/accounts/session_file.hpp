#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/accounts/sessions.hpp"

namespace sitelog {

// What tells whether an account's ways in are what they were: another password is another stamp.
using StampOf = std::function<Hash(const std::string& account)>;

// Sessions as the end of one process leaves them to the next, with the moment by this computer's
// clock. Holds no secret: only what sessions hash to.
std::string to_session_file(const std::vector<Sessions::Left>& left, int64_t wall_ms,
                            const StampOf& stamp_of);
// Older by the time that has passed. None of accounts whose stamp is another by now, and none at
// all where the clock stands before that moment or the text is not as above.
std::vector<Sessions::Left> from_session_file(const std::string& text, int64_t wall_ms,
                                              const StampOf& stamp_of);

}  // namespace sitelog
