#pragma once

#include <string>
#include <string_view>

#include "campaign/label.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// The message in a language; `msgid` itself, which is English, where there is no translation. The
// text stays valid as long as `msgid` and the process do. Messages are collected from tr("…") and
// N_("…"). The Chinese catalogue is part of the program; no file and no locale of the system is
// needed. Any thread.
const char* tr(Language language, const char* msgid);

// What a refusal says. Arguments that are themselves messages are translated as well: sentences,
// and the single words by which decoders and connections tell what is wrong. Any other single word
// may be what somebody typed, and stays.
std::string message_of(Language language, const Refusal& refusal);

// Where somebody is who is told what to do: headquarters has nobody to sync with.
enum class Side { kSite, kHeadquarters };

// What the user can do about it, one sentence; never empty.
const char* advice_for(Language language, Reason reason, Side side);

// The language of the terminal that this process was started from, for its help and its own lines;
// never for an answer to somebody else, who has a language of their own. Chosen once, first in
// main, before any other thread starts: `wanted` is "zh" or "en"; anything else leaves it to the
// first of LC_ALL, LC_MESSAGES and LANG that is set: English where it starts with "en", else
// Chinese.
Language set_terminal_language(std::string_view wanted);
Language terminal_language_chosen();
// Which program this is; chosen likewise. A site's, where nobody says.
void set_terminal_side(Side side);

// The same in the terminal's language.
const char* tr(const char* msgid);
std::string message_of(const Refusal& refusal);
const char* advice_for(Reason reason);

}  // namespace sitelog
