#include "daemon/command_parts.hpp"

#include "campaign/text.hpp"
#include "command/answer_fields.hpp"
#include "command/terminal/language.hpp"

namespace sitelog {

namespace json = boost::json;

std::string count(const json::object& of, const char* name) {
  return std::to_string(number_in(of, name).value_or(0));
}

std::string name_of_unit(const json::object& unit) {
  const std::string name = text_in(unit, "name");
  if (!flag_in(unit, "removed")) return name;
  const std::string why = text_in(unit, "reason");
  return why.empty() ? fill(tr("{} (removed)"), {name})
                     : fill(tr("{} (removed: {})"), {name, on_one_line(why)});
}

}  // namespace sitelog
