// What headquarters alone does about a unit's people: forgotten PINs; and its commands.
#include "engine/people.hpp"

#include <array>

#include "command/answer_fields.hpp"
#include "command/labels.hpp"
#include "command/people_commands.hpp"
#include "command/terminal/language.hpp"
#include "daemon/headquarters.hpp"
#include "daemon/headquarters_commands.hpp"
#include "engine/operation_parts.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Their PINs were set before this: at each device, once it knows.
OperationAnswer forget_pin(Headquarters& headquarters, const OperationCall& call) {
  const std::string now = to_hex(random_bytes<std::array<uint8_t, 8>>());
  return change_person(*headquarters.engine, call, {{"pins_since", Value(now)}});
}

}  // namespace

void add_people(OperationTable& table, Headquarters* headquarters) {
  Engine* engine = headquarters != nullptr ? headquarters->engine.get() : nullptr;
  add_people_operations(table, engine);
  std::vector<Member> answer = person_members();
  answer.push_back(shape::sometimes("unchanged", shape::flag()));
  table.add({.name = "people.forget_pin",
             .right = Right::kRecord,
             .writes = true,
             .help = N_("have somebody's PINs forgotten, at each of the unit's devices once it "
                        "syncs"),
             .arguments = {person_name_argument(), people_unit_argument(),
                           person_argument(N_("who does it"))},
             .answer = shape::object(std::move(answer)),
             .run = run_by(headquarters, forget_pin)});
}

void add_headquarters_people_commands(Front& front) {
  auto* people = add_people_commands(front, "sitelogd", true);
  auto* command = front.command(people, "forget-pin",
                                N_("have somebody's PINs forgotten, at each of the unit's devices "
                                   "once it syncs"),
                                "sitelogd people forget-pin 张三 --unit ruzhou");
  const auto options = front.options(command, "people.forget_pin");
  options->positional("name");
  options->option("unit");
  options->option("person");
  front.act(command, [&front, options](Output& out) {
    return front.call(out, *options,
                      {.on_done =
                           [&out](const json::object& done) {
                             out.text(fill(tr("{} has no PIN any more at a device of {} once it "
                                              "has synced."),
                                           {text_in(done, "name"), unit_of(done)}));
                           },
                       .outcome_is_line = true});
  });
}

}  // namespace sitelog
