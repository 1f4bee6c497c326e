#include "campaign/json_line.hpp"

#include <boost/json.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <set>
#include <string>
#include <vector>

#include "campaign/text.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Hears what the parser reads; stops it at the first name that an object has had already.
struct Names {
  static constexpr size_t max_object_size = static_cast<size_t>(-1);
  static constexpr size_t max_array_size = static_cast<size_t>(-1);
  static constexpr size_t max_key_size = static_cast<size_t>(-1);
  static constexpr size_t max_string_size = static_cast<size_t>(-1);
  using Error = json::error_code;

  std::vector<std::set<std::string>> objects;  // those that are open
  std::string name;                            // as far as it is read
  bool twice = false;

  bool on_object_begin(Error&) {
    objects.emplace_back();
    return true;
  }
  bool on_object_end(size_t, Error&) {
    objects.pop_back();
    return true;
  }
  bool on_key_part(json::string_view part, size_t, Error&) {
    name += part;
    return true;
  }
  bool on_key(json::string_view part, size_t, Error& error) {
    name += part;
    twice = !objects.back().insert(name).second;
    if (twice) {
      error = json::error::syntax;
    } else {
      name.clear();
    }
    return !twice;
  }
  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(size_t, Error&) { return true; }
  bool on_string_part(json::string_view, size_t, Error&) { return true; }
  bool on_string(json::string_view, size_t, Error&) { return true; }
  bool on_number_part(json::string_view, Error&) { return true; }
  bool on_int64(int64_t, json::string_view, Error&) { return true; }
  bool on_uint64(uint64_t, json::string_view, Error&) { return true; }
  bool on_double(double, json::string_view, Error&) { return true; }
  bool on_bool(bool, Error&) { return true; }
  bool on_null(Error&) { return true; }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }
};

}  // namespace

Result<json::object> parse_json_line(std::string_view line) {
  json::error_code error;
  json::value parsed = json::parse(line, error);
  if (error || !parsed.is_object()) {
    return Refusal{Reason::kMalformed, N_("the line is not a JSON object"), {}};
  }
  json::basic_parser<Names> names{json::parse_options()};
  names.write_some(false, line.data(), line.size(), error);
  if (names.handler().twice) {
    return Refusal{
        Reason::kInvalidValue, N_("{} is given twice"), {shortened(names.handler().name, 64)}};
  }
  return std::move(parsed.get_object());
}

}  // namespace sitelog
