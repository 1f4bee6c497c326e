#include "command/people_commands.hpp"

#include "campaign/table.hpp"
#include "campaign/text.hpp"
#include "command/answer_fields.hpp"
#include "command/common_commands.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/render.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

std::string state_of(const json::object& person) {
  std::string out;
  const auto add = [&out](const char* word) {
    out += (out.empty() ? "" : tr(", ")) + std::string(tr(word));
  };
  if (flag_in(person, "removed")) add(N_("removed"));
  if (flag_in(person, "leads")) add(N_("leads the unit"));
  if (flag_in(person, "in_conflict")) add(N_("said differently at once"));
  return out;
}

void tell_names(Output& out, const std::string& names) {
  if (names == "free") out.text(tr("Anybody may record here under any name."));
  if (names == "picked") out.text(tr("Who records picks a name of this list."));
  if (names == "pin") out.text(tr("Who records picks a name of this list and shows their PIN."));
}

void add_list(Front& front, CLI::App* people, const std::string& program, bool with_unit) {
  auto* command =
      front.command(people, "list", N_("the people of units, by whose names is recorded there"),
                    program + " people list");
  const auto asked = front.options(command, "people.list");
  if (with_unit) asked->option("unit");
  asked->option("removed");
  asked->option("limit");
  front.act(command, [&front, asked, with_unit](Output& out) {
    const Labels labels = labels_of(front, out);
    auto table = std::make_shared<Table>();
    table->header.emplace_back();
    if (with_unit) table->header.back().push_back({tr("unit")});
    for (const char* word : {N_("name"), N_("role"), N_("state")}) {
      table->header.back().push_back({tr(word)});
    }
    return front.call(out, *asked,
                      {.on_line =
                           [table, with_unit, &labels](const json::object& person) {
                             auto& row = table->rows.emplace_back();
                             if (with_unit) row.emplace_back(unit_of(person));
                             row.emplace_back(text_in(person, "name"));
                             row.emplace_back(on_one_line(labels.role(text_in(person, "role"))));
                             row.emplace_back(state_of(person));
                           },
                       .on_done =
                           [&out, table](const json::object& done) {
                             out.text(render_text(*table, out.columns()));
                             tell_names(out, text_in(done, "names"));
                           },
                       .outcome_is_line = true});
  });
}

void add_change(Front& front, CLI::App* people, const std::string& program, bool with_unit,
                bool adding) {
  const std::string example = program + " people " +
                              (adding ? "add 张三 --role recorder" : "remove 张三") +
                              (with_unit ? " --unit ruzhou" : "");
  auto* command = front.command(
      people, adding ? "add" : "remove",
      adding ? N_("add somebody to a unit's people, or say their role")
             : N_("take somebody from a unit's people; what was recorded in their name stands"),
      example);
  const auto options = front.options(command, adding ? "people.add" : "people.remove");
  options->positional("name");
  if (with_unit) options->option("unit");
  if (adding) {
    options->option("role");
    options->option("leads");
  }
  options->option("person");
  front.act(command, [&front, options, adding](Output& out) {
    return front.call(out, *options,
                      {.on_done =
                           [&out, adding](const json::object& done) {
                             const char* words = adding
                                                     ? N_("{} is one of the people of {}.")
                                                     : N_("{} is no more one of the people of {}.");
                             out.text(fill(tr(words), {text_in(done, "name"), unit_of(done)}));
                           },
                       .outcome_is_line = true});
  });
}

void add_names(Front& front, CLI::App* people, const std::string& program, bool with_unit) {
  auto* command =
      front.command(people, "names",
                    N_("what a unit's devices ask of who records: any name (free), the name of one "
                       "of its people (picked), or that with a PIN (pin)"),
                    program + " people names picked" + (with_unit ? " --unit ruzhou" : ""));
  const auto options = front.options(command, "people.names");
  options->positional("names");
  if (with_unit) options->option("unit");
  options->option("person");
  front.act(command, [&front, options](Output& out) {
    return front.call(
        out, *options,
        {.on_done = [&out](const json::object& done) { tell_names(out, text_in(done, "names")); },
         .outcome_is_line = true});
  });
}

}  // namespace

CLI::App* add_people_commands(Front& front, const std::string& program, bool with_unit) {
  auto* people = front.group("people", N_("who records at a unit, by name"));
  add_list(front, people, program, with_unit);
  add_change(front, people, program, with_unit, true);
  add_change(front, people, program, with_unit, false);
  add_names(front, people, program, with_unit);
  return people;
}

}  // namespace sitelog
