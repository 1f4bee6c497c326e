#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>

#include "command/labels.hpp"

// A line of the audit list as people read it; programs go by the names that the line has.
namespace sitelog {

// What was done: an operation that the table notes. Null where there are no words for it.
const char* audited_operation_words(const std::string& operation);

// Why something was refused: a reason's name. Null likewise.
const char* audited_reason_words(const std::string& reason);

// In the language of the terminal: who, and by what they were known; from where; what was done,
// tried or refused; about what.
std::string audit_who(const boost::json::object& line);
std::string audit_from(const boost::json::object& line);
std::string audit_what(const boost::json::object& line);
// `name_of_unit`: by its code; the code itself where it isn't known.
std::string audit_about(const boost::json::object& line, const Labels& labels,
                        const std::function<std::string(const std::string&)>& name_of_unit);

}  // namespace sitelog
