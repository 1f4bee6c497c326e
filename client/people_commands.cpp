// Who is at this device, and their PINs.
#include "command/people_commands.hpp"

#include "client/pins.hpp"
#include "client/site_commands.hpp"
#include "command/answer_fields.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/secret_line.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kPinMinutes = limits::kPinLasts.count();

// Reads these arguments, one line each, in their order; the command line never has them.
std::optional<Refusal> read_pins(OperationOptions& options,
                                 const std::vector<std::pair<std::string, std::string>>& wanted) {
  for (const auto& [argument, question] : wanted) {
    const auto line = read_secret_line(question);
    if (!line) return line.refusal();
    options.set(argument, json::value(*line));
  }
  return std::nullopt;
}

void add_here(Front& front, CLI::App* people) {
  auto* command = front.command(
      people, "here", N_("say who is at this device: what is written from now on is in their name"),
      "sitelog people here 张三\n  sitelog people here --nobody");
  const auto options = front.options(command, "people.here");
  options->positional("name");
  options->option("nobody");
  auto pin = std::make_shared<bool>(false);
  command->add_flag("--pin", *pin,
                    tr("show their PIN: it is asked for, or read as a line of input"));
  front.act(command, [&front, options, pin](Output& out) {
    if (*pin) {
      if (const auto refused = read_pins(*options, {{"pin", tr("PIN:")}})) {
        return out.refused(*refused);
      }
    }
    return front.call(
        out, *options,
        {.on_done =
             [&out](const json::object& done) {
               const std::string name = text_in(done, "name");
               if (name.empty()) return out.text(tr("Nobody is at this device."));
               out.text(fill(flag_in(done, "by_pin")
                                 ? tr("{} is at this device, by PIN; asked for again after {} "
                                      "minutes in which nothing is done.")
                                 : tr("{} is at this device."),
                             {name, std::to_string(kPinMinutes)}));
             },
         .outcome_is_line = true});
  });
}

void add_pins(Front& front, CLI::App* people) {
  auto* set =
      front.command(people, "set-pin", N_("set somebody's PIN at this device, or change it"),
                    "sitelog people set-pin 张三");
  const auto to = front.options(set, "people.set_pin");
  to->positional("name");
  auto change = std::make_shared<bool>(false);
  set->add_flag("--change", *change, tr("there is one already: it is asked for first"));
  front.act(set, [&front, to, change](Output& out) {
    std::vector<std::pair<std::string, std::string>> wanted;
    if (*change) wanted.emplace_back("pin", tr("PIN so far:"));
    wanted.emplace_back("new", tr("new PIN:"));
    if (const auto refused = read_pins(*to, wanted)) return out.refused(*refused);
    return front.call(
        out, *to,
        {.on_done =
             [&out](const json::object& done) {
               out.text(fill(tr("{} has this PIN at this device."), {text_in(done, "name")}));
             },
         .outcome_is_line = true});
  });
  for (const bool own : {true, false}) {
    auto* command = front.command(
        people, own ? "remove-pin" : "forget-pin",
        own ? N_("take somebody's PIN at this device away, with the PIN")
            : N_("take a forgotten PIN at this device away, by whom leads the unit"),
        own ? "sitelog people remove-pin 张三" : "sitelog people forget-pin 张三 --leader 李四");
    const auto of = front.options(command, own ? "people.remove_pin" : "people.forget_pin");
    of->positional("name");
    if (!own) of->option("leader");
    front.act(command, [&front, of, own](Output& out) {
      const std::string question = own ? tr("PIN:") : tr("PIN of who leads the unit:");
      if (const auto refused = read_pins(*of, {{"pin", question}})) return out.refused(*refused);
      return front.call(out, *of,
                        {.on_done =
                             [&out](const json::object& done) {
                               out.text(fill(tr("{} has no PIN at this device any more."),
                                             {text_in(done, "name")}));
                             },
                         .outcome_is_line = true});
    });
  }
}

}  // namespace

void add_site_people_commands(Front& front) {
  auto* people = add_people_commands(front, "sitelog", false);
  add_here(front, people);
  add_pins(front, people);
}

}  // namespace sitelog
