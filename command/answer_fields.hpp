#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Members of an operation's answer, read by whoever shows it: what is not there, or of another type
// in a newer version, is shown as nothing.
namespace sitelog {

std::string text_in(const boost::json::object& object, std::string_view name);
std::optional<int64_t> number_in(const boost::json::object& object, std::string_view name);
bool flag_in(const boost::json::object& object, std::string_view name);
const boost::json::object& object_in(const boost::json::object& object, std::string_view name);
const boost::json::array& array_in(const boost::json::object& object, std::string_view name);

}  // namespace sitelog
