#include "engine/own_place.hpp"

#include "engine/known_units.hpp"
#include "sync/ledger/answer.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kShutOut = "shut_out";

// Only shown: what can't be read is no reason to say nothing of the rest.
std::optional<json::object> shut_out_in(const std::optional<std::string>& last_sync) {
  if (!last_sync) return std::nullopt;
  boost::system::error_code unreadable;
  const json::value last = json::parse(*last_sync, unreadable);
  if (unreadable || !last.is_object()) return std::nullopt;
  const json::value* said = last.get_object().if_contains(kShutOut);
  if (said == nullptr || !said->is_object()) return std::nullopt;
  const json::value* since = said->get_object().if_contains("since");
  if (since == nullptr || !since->is_int64()) return std::nullopt;
  json::object out = to_json(refusal_from(said->get_object()));
  out["since"] = since->get_int64();
  return out;
}

bool shuts_out(const Refusal& failure) {
  return failure.reason == Reason::kRevoked || failure.reason == Reason::kHeldUp ||
         failure.reason == Reason::kWrongUnit;
}

// Who is refused for these has been let in before.
bool lets_in(const Refusal& failure) {
  return failure.reason == Reason::kNoRoom || failure.reason == Reason::kNoGrant;
}

json::object place_of(const std::optional<std::string>& last_sync,
                      const std::optional<Unit>& unit) {
  json::object out;
  if (auto said = shut_out_in(last_sync)) out[kShutOut] = *std::move(said);
  if (unit && unit->removed) out["unit_removed"] = true;
  return out;
}

}  // namespace

std::optional<json::object> shut_out_after(const std::optional<Refusal>& failure, int64_t wall_ms,
                                           const std::optional<std::string>& before) {
  if (!failure || lets_in(*failure)) return std::nullopt;
  auto known = shut_out_in(before);
  if (!shuts_out(*failure)) return known;
  json::object out = to_json(*failure);
  out["since"] =
      known && known->at("reason") == out["reason"] ? known->at("since").as_int64() : wall_ms;
  return out;
}

json::object own_place(const Engine& engine, Store& store) {
  const BookCode& unit = engine.identity().unit();
  if (unit.empty()) return {};
  return own_place(engine, store, unit_in(store, unit));
}

json::object own_place(const Engine& engine, Store& store, const std::optional<Unit>& own_unit) {
  if (engine.identity().unit().empty()) return {};
  return place_of(store.meta(kLastSync), own_unit);
}

json::object own_place(Engine& engine, const Queries& queries) {
  const BookCode& unit = engine.identity().unit();
  if (unit.empty()) return {};
  return place_of(queries.meta(kLastSync), KnownUnits(engine, queries).unit(unit));
}

std::vector<Member> own_place_members() {
  using namespace shape;
  return {sometimes(kShutOut, object({{"reason", text()},
                                      {"text", text()},
                                      {"args", list(text())},
                                      {"since", integer()}})),
          sometimes("unit_removed", flag())};
}

std::optional<int64_t> last_complete(const std::optional<std::string>& kept) {
  boost::system::error_code error;
  const auto parsed = kept ? boost::json::parse(*kept, error) : boost::json::value();
  const auto* line = error ? nullptr : parsed.if_object();
  const auto* at = line != nullptr ? line->if_contains(kComplete) : nullptr;
  return at != nullptr && at->is_int64() ? std::optional(at->get_int64()) : std::nullopt;
}

}  // namespace sitelog
