#include "command/answer_fields.hpp"
#include "command/terminal/language.hpp"
#include "daemon/headquarters_commands.hpp"
#include "engine/system.hpp"

namespace sitelog {

namespace json = boost::json;

std::string clock_in_doubt_text(int64_t wall_ms, int64_t said_before_ms, int64_t since_ms) {
  return fill(tr("this computer's clock is in doubt since {}: it says {}, and had said {} before. "
                 "Until it is right, devices are not told the time and their clocks are not judged "
                 "by it; recording, syncing and reviewing go on. Set the clock of this computer. "
                 "If it is right now, say so: sitelogd clock confirm {}"),
              {local_time(since_ms), local_time(wall_ms), local_time(said_before_ms),
               local_time(wall_ms).substr(0, 10)});
}

void tell_clock(Output& out, const json::object& status) {
  const auto* clock = status.if_contains("clock");
  if (clock == nullptr) return;
  const auto ms = [&](const char* name) { return number_in(clock->as_object(), name).value_or(0); };
  out.text(clock_in_doubt_text(ms("wall"), ms("said_before"), ms("doubted_since")));
}

void add_clock_commands(Front& front) {
  auto* clock =
      front.group("clock", N_("this computer's clock, by which devices' clocks are put right"));
  auto* confirm =
      front.command(clock, "confirm", N_("this computer's clock is right: go by it from now on"),
                    "sitelogd clock confirm 2026-03-14");
  const auto given = front.options(confirm, "clock.confirm");
  given->positional("today");
  front.act(confirm, [&front, given](Output& out) {
    const auto done = [&out](const json::object& answer) {
      const auto* doubted = answer.if_contains("doubted");
      out.text(fill(doubted != nullptr && doubted->is_bool() && doubted->as_bool()
                        ? tr("devices go by this computer's clock again; it says {}")
                        : tr("this computer's clock was not in doubt; it says {}"),
                    {local_time(number_in(answer, "wall").value_or(0))}));
    };
    return front.call(out, *given, {.on_done = done, .outcome_is_line = true});
  });
}

}  // namespace sitelog
