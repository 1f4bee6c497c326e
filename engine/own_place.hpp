#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/answer_shape.hpp"
#include "engine/engine.hpp"

// What a site knows of its own place with headquarters, and whoever records there is told: whether
// this device is shut out, so that nothing recorded now counts, and whether its unit was removed.
namespace sitelog {

// How the last contact went, as the store's setting of that name has it. What a contact said of the
// device stays in its member `shut_out` until another contact says otherwise: without a network
// nothing more is learned.
inline constexpr const char* kLastSync = "last_sync";
// Its member that says when the last one did not fail: what is known here is as of then (Unix ms).
inline constexpr const char* kComplete = "complete";
// Of what is kept under kLastSync; nothing where it doesn't say so.
std::optional<int64_t> last_complete(const std::optional<std::string>& kept);

// That member as of a contact that ended with `failure`, or well, at `wall_ms`: the refusal's
// members and since when; nothing where the device is let in. `before`: the setting as it was.
std::optional<boost::json::object> shut_out_after(const std::optional<Refusal>& failure,
                                                  int64_t wall_ms,
                                                  const std::optional<std::string>& before);

// {"shut_out":{"reason","text","args","since"},"unit_removed":true}, each where it is so; of
// headquarters nothing. Inside a transaction, or as a reader has it.
boost::json::object own_place(const Engine& engine, Store& store);
// Where whoever asks has the site's own unit at hand.
boost::json::object own_place(const Engine& engine, Store& store,
                              const std::optional<Unit>& own_unit);
boost::json::object own_place(Engine& engine, const Queries& queries);
std::vector<Member> own_place_members();

}  // namespace sitelog
