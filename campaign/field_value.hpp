#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/definition.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// Longest text of a type, in characters, where the definition says nothing.
size_t default_length_max(FieldType type);

// What `raw` says for `field`: a text as typed at a command line, or a typed JSON value. Null and
// texts of white space give Cleared. Dates come out as YYYY-MM-DD, choices as their key (by
// campaign/names), lists without blank or repeated items. Refuses with
// kInvalidValue; the messages do not name the field, so that whoever shows them can.
Result<Value> read_value(const Definition& definition, const Field& field,
                         const boost::json::value& raw);

// kInvalidValue.
Refusal invalid_value(std::string text, std::vector<std::string> args = {});

// Why an integer is not one of the field's; nothing where it is.
std::optional<Refusal> out_of_bounds(const Field& field, int64_t number);

// The choice of this key; null where there is none.
const Choice* find_key(const Vocabulary& vocabulary, std::string_view key);
// `args` of a message with the choices behind them: in English ("film Films, …"), then in Chinese,
// which the translation takes.
std::vector<std::string> with_choices(std::vector<std::string> args, const Vocabulary& vocabulary);

bool looks_like_phone(std::string_view text);

}  // namespace sitelog
