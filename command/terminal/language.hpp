#pragma once

#include <string>
#include <string_view>

#include "sync/ledger/result.hpp"

namespace sitelog {

enum class Language { kChinese, kEnglish };

// Chooses the language of everything this process says, for the whole process; called first in
// main, before any other thread starts. `wanted` is "zh" or "en"; anything else leaves it to the
// first of LC_ALL, LC_MESSAGES and LANG that is set: English where it starts with "en", else
// Chinese. Needs no installed locale: the catalogue lies in ../share/locale beside the executable's
// folder, and C.UTF-8 is part of every Debian. Where the catalogue is missing, English is shown.
Language set_language(std::string_view wanted);

// The message in the chosen language; `msgid` itself where there is no translation. The text stays
// valid as long as `msgid` and the process do. Messages are collected from tr("…") and N_("…").
const char* tr(const char* msgid);

// What a refusal says, in the chosen language. Arguments that are themselves messages (the name of
// a state, a field's fault) are translated as well.
std::string message_of(const Refusal& refusal);

// What the user can do about it, one sentence in the chosen language; never empty.
const char* advice_for(Reason reason);

}  // namespace sitelog
