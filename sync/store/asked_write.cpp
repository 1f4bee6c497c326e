#include "sync/store/asked_write.hpp"

#include <boost/json.hpp>

namespace sitelog {

namespace json = boost::json;

std::string AskedWrite::to_text() const {
  json::object out{{"account", account},       {"key", key.hex()},
                   {"request", request.hex()}, {"at", at_ms},
                   {"record", record},         {"stream", stream},
                   {"number", number},         {"by", json::array(by.begin(), by.end())}};
  if (answer) out["answer"] = *answer;
  return json::serialize(out);
}

std::optional<AskedWrite> AskedWrite::parse(const std::string& text) {
  try {
    const json::value whole = json::parse(text);
    const auto text_of = [&whole](const char* name) {
      return std::string(whole.at(name).as_string());
    };
    const auto key = Hash::parse(text_of("key"));
    const auto request = Hash::parse(text_of("request"));
    if (!key || !request) return std::nullopt;
    AskedWrite out{.account = text_of("account"),
                   .key = *key,
                   .request = *request,
                   .at_ms = whole.at("at").to_number<int64_t>(),
                   .record = text_of("record"),
                   .stream = text_of("stream"),
                   .number = whole.at("number").to_number<uint64_t>()};
    if (const auto* roles = whole.as_object().if_contains("by")) {
      for (const auto& role : roles->as_array()) out.by.emplace(role.as_string());
    }
    if (whole.as_object().contains("answer")) out.answer = text_of("answer");
    return out;
  } catch (const std::exception&) {  // Boost.JSON: of several kinds
    return std::nullopt;
  }
}

}  // namespace sitelog
