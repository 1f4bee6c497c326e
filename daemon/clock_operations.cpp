// This computer's clock, by which devices' clocks are put right.
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "sync/store/clock_belief.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

OperationAnswer confirm_clock(Headquarters& headquarters, const OperationCall& call) {
  if (!call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  const Date said = *call.args.date("today");
  if (said != today()) {
    return Refusal{Reason::kInvalidValue,
                   N_("this computer's clock says that it is {}, not {}: set it right, then say "
                      "again which day it is; nothing was changed"),
                   {today().text(), said.text()}};
  }
  const ClockReading now = read_clock();
  return headquarters.engine->call([&](Store& store, const CampaignCatalogue&) -> OperationAnswer {
    const bool doubted = !store.time_to_tell(now);
    if (doubted) store.believe_clock(now);
    return json::object{{"wall", now.wall.ms}, {"doubted", doubted}};
  });
}

}  // namespace

std::optional<json::object> doubted_clock(const Queries& queries) {
  ClockBelief belief = ClockBelief::read(queries.meta(kClockBeliefKey).value_or(""));
  const int64_t before_ms = belief.latest.ms;
  const Instant now = read_clock().wall;
  if (belief.believe(now)) return std::nullopt;
  return json::object{
      {"doubted_since", belief.doubted_since->ms}, {"wall", now.ms}, {"said_before", before_ms}};
}

Shape doubted_clock_shape() {
  using namespace shape;
  return object({{"doubted_since", integer()}, {"wall", integer()}, {"said_before", integer()}});
}

void add_clock_operations(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add({.name = "clock.confirm",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("this computer's clock is right: go by it from now on"),
             .arguments = {argument::date("today", N_("which day it is today")).needed()},
             .answer = object({{"wall", integer()}, {"doubted", flag()}}),
             .run = run_by(headquarters, confirm_clock)});
}

}  // namespace sitelog
