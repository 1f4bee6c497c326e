#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/operation.hpp"

// What a request gives an operation, as the dispatcher takes it. It checks nothing but that there
// is one value of each name: types, bounds and names are the row's matter. No I/O.
namespace sitelog {

// A JSON object, within limits::kJsonDepthMax and kJsonValuesMax. An empty body is an empty one.
Result<boost::json::object> arguments_from_body(std::string_view body);

// "form=event&limit=50&held=true": each as its row's type asks for; what is none of it stays a
// text, which the dispatcher refuses. Lists of texts repeat their name; an argument of fields is a
// JSON object. Refuses, by name, what is there twice.
Answer<boost::json::object> arguments_from_query(
    const Operation& operation, const std::vector<std::pair<std::string, std::string>>& query);

// Puts the words that arguments choose from in the place of what people call them
// (command/terminal/choice_words), as the command line does.
void take_choices_by_name(const Operation& operation, boost::json::object& args);

// Lines of JSON, one value each; blank lines are passed over. Refuses, by number, what is none.
Answer<std::vector<boost::json::value>> values_from_lines(std::string_view body);

}  // namespace sitelog
