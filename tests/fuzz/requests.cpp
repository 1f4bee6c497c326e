// Any bytes as HTTP at headquarters' door, up to the arguments that an operation is given.
#include <boost/json.hpp>

#include "engine/arguments.hpp"
#include "http/given_arguments.hpp"
#include "http/limits.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace json = boost::json;
using State = RequestReader::State;

namespace {

constexpr size_t kBodyBytesMax = 4096;

Operation row() {
  return {.name = "list",
          .arguments = {argument::unit("unit", ""), argument::integer("limit", 1, 10, ""),
                        argument::flag("held", ""), argument::texts("kinds", ""),
                        argument::fields("fields", ""), argument::date("from", ""),
                        argument::choice("policy", {"ask", "site"}, "")}};
}

void check_dispatched(const json::object& args) {
  const auto read = read_arguments(row(), args);
  if (!read) {
    MUST(!read.refusal().problems.empty());
    MUST(!json::serialize(problem_json(read.refusal(), 400, Language::kEnglish)).empty());
  }
}

void check_request(const RequestHead& head, const std::string& body) {
  MUST(body.size() <= kBodyBytesMax);
  MUST(head.count("host") == 1);
  MUST(head.path.starts_with('/'));
  (void)language_of(head.field("accept-language"));
  (void)head.cookie("__Host-sitelog");
  if (const auto args = arguments_from_query(row(), head.query)) check_dispatched(*args);
  if (const auto args = arguments_from_body(body)) {
    // What was taken is what would be sent again.
    MUST(*arguments_from_body(json::serialize(*args)) == *args);
    check_dispatched(*args);
  }
  (void)values_from_lines(body);
}

// All requests in `bytes`, `piece` bytes at a time, as one text.
std::string read_all(std::string_view bytes, size_t piece) {
  RequestReader reader;
  std::string out;
  const auto settle = [&] {
    for (;;) {
      if (reader.state() == State::kBody) reader.take_body(kBodyBytesMax);
      if (reader.state() != State::kDone) return;
      const RequestHead head = reader.head();
      const std::string body = reader.body();
      check_request(head, body);
      out += head.method + " " + head.path + " " + std::to_string(head.fields.size()) + " " + body +
             "\n";
      reader.next();
    }
  };
  while (!bytes.empty() && reader.state() != State::kBad) {
    reader.add(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    // A body is asked for once, when its head is there.
    if (reader.state() != State::kHead) settle();
  }
  return out;
}

}  // namespace

FUZZ_TARGET(requests) {
  const std::string_view bytes = as_text(input);
  const std::string whole = read_all(bytes, std::max<size_t>(bytes.size(), 1));
  MUST(read_all(bytes, 7) == whole);
}
