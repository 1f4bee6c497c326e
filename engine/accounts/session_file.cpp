#include "engine/accounts/session_file.hpp"

#include <boost/json.hpp>

namespace sitelog {

namespace json = boost::json;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string text_in(const json::value& line, const char* name) {
  return std::string(line.at(name).as_string());
}

}  // namespace

std::string to_session_file(const std::vector<Sessions::Left>& left, int64_t wall_ms,
                            const StampOf& stamp_of) {
  json::array sessions;
  for (const Sessions::Left& each : left) {
    sessions.emplace_back(json::object{{"session", each.session.hex()},
                                       {"account", each.account},
                                       {"stamp", stamp_of(each.account).hex()},
                                       {"id", each.id},
                                       {"from", each.from},
                                       {"since", each.since.count()},
                                       {"idle", each.idle.count()}});
  }
  return json::serialize(json::object{{"at", wall_ms}, {"sessions", std::move(sessions)}}) + "\n";
}

std::vector<Sessions::Left> from_session_file(const std::string& text, int64_t wall_ms,
                                              const StampOf& stamp_of) {
  std::vector<Sessions::Left> out;
  try {
    const json::value whole = json::parse(text);
    const milliseconds passed(wall_ms - whole.at("at").to_number<int64_t>());
    if (passed.count() < 0) return {};
    const auto later = std::chrono::duration_cast<seconds>(passed);
    for (const auto& line : whole.at("sessions").as_array()) {
      const auto session = Hash::parse(text_in(line, "session"));
      const std::string account = text_in(line, "account");
      if (!session || stamp_of(account).hex() != text_in(line, "stamp")) continue;
      out.push_back({*session, account, text_in(line, "id"), text_in(line, "from"),
                     seconds(line.at("since").to_number<int64_t>()) + later,
                     seconds(line.at("idle").to_number<int64_t>()) + later});
    }
  } catch (const std::exception&) {  // Boost.JSON: of several kinds. Who was in signs in again.
    return {};
  }
  return out;
}

}  // namespace sitelog
