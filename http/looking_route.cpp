// POST /api/v1/session.looking: which record one has open.
#include "http/event_feed.hpp"
#include "http/given_arguments.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

namespace {

constexpr const char* kRecord = "record";

Answer<std::vector<std::string>> looked(const ApiParts& parts, const Operation& row,
                                        const Asked& asked) {
  auto given = arguments_from_body(asked.body);
  if (!given) return given.refusal();
  if (const auto* record = given->if_contains(kRecord); record != nullptr && record->is_null()) {
    given->erase(kRecord);
  }
  const auto read = read_arguments(row, *given);
  if (!read) return read.refusal();
  if (asked.visitor->token) {
    return Refusal{Reason::kNotPermitted,
                   N_("this is for who signed in with the password: a token looks at nothing"),
                   {}};
  }
  const auto caller = caller_for(kListing, asked, parts);
  if (!caller) return caller.refusal();
  return parts.events.look(*caller, read->given_text(kRecord));
}

}  // namespace

Operation looking_row() {
  using namespace shape;
  return {.name = "session.looking",
          .writes = true,
          .help = N_("say which record one has open, for a minute: others who may see it are told "
                     "by an event; none: not any more"),
          .arguments = {argument::record(kRecord, N_("the record; none: null"))},
          .answer = object({{"others", list(text())}})};
}

void add_looking_route(Router& router, const ApiParts& parts) {
  const Operation row = looking_row();
  router.add(
      "POST", kApi + row.name, {[row, parts](const Asked& asked, Reply& reply) {
        const auto others = looked(parts, row, asked);
        if (!others) return reply.send(problem_response(others.refusal(), asked.language));
        boost::json::object answer{{"others", boost::json::array(others->begin(), others->end())}};
        reply.send(json_response(boost::json::object{{"answer", std::move(answer)}}));
      }});
}

}  // namespace sitelog
