// Commands about devices: inviting, listing, shutting out and letting in again.
#include "command/answer_fields.hpp"
#include "command/common_commands.hpp"
#include "command/terminal/language.hpp"
#include "command/terminal/qr.hpp"
#include "command/terminal/render.hpp"
#include "daemon/command_parts.hpp"
#include "daemon/headquarters_commands.hpp"
#include "engine/system.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

bool is_held_up(const json::object& device) {
  const auto* revoked = device.at("revoked").if_object();
  return revoked != nullptr && revoked->contains("held_up");
}

void add_invite(Front& front) {
  auto* invite =
      front.command(nullptr, "invite", N_("a one-time invitation for a device of a unit"),
                    "sitelogd invite --unit mine-3 --address 10.1.2.3:7443");
  const auto options = front.options(invite, "invite");
  options->option("unit");
  options->option("days");
  options->option("addresses", "--address");
  front.act(invite, [&front, options](Output& out) {
    const auto given = options->given();
    if (!given) return out.refused(given.refusal());
    std::string at = "HOST:PORT";
    for (const auto& address : array_in(*given, "addresses")) {
      at = std::string(address.as_string());
      break;
    }
    return front.call(
        out, *options,
        {.on_done =
             [&out, &at](const json::object& done) {
               const std::string code = text_in(done, "code");
               out.text(fill(tr("Invitation for one device of {}, good until {}:"),
                             {text_in(done, "unit_name"),
                              local_time(number_in(done, "expires").value_or(0))}));
               out.text("\n  " + code + "\n");
               if (const auto qr = qr_text(code, QrColours::kBlackOnWhite)) out.bytes(*qr);
               out.text(fill(tr("As a file: {}"), {text_in(done, "file")}));
               out.text(fill(tr("On the device: sitelog join {} --headquarters {}"), {code, at}));
             },
         .outcome_is_line = true});
  });
}

constexpr int64_t kManyBranches = 3;  // more than a disk that failed and one that was replaced

// Others whose names look the same.
std::string alike_text(const json::object& device) {
  std::string out;
  for (const auto& other : array_in(device, "alike")) {
    out += (out.empty() ? "" : tr(", ")) + std::string(other.as_string()).substr(0, 12);
  }
  return out.empty() ? out : " " + fill(tr("(the name looks like that of {})"), {out});
}

// How often what it wrote goes on in several ways: its folder was put back, or is on many machines.
std::string branches_text(const json::object& device) {
  const int64_t branches = number_in(device, "branches").value_or(0);
  if (branches == 0) return {};
  return " " + fill(tr("(its folder was copied or put back: {})"), {std::to_string(branches)});
}

const char* state_of(const json::object& device) {
  if (device.at("revoked").is_null()) return N_("granted");
  return is_held_up(device) ? N_("held up") : N_("revoked");
}

void add_device_list(Front& front, CLI::App* devices) {
  auto* list = front.command(devices, "list", N_("all devices, and when each was last met"),
                             "sitelogd devices list");
  const auto asked = front.options(list, "devices.list");
  asked->option("unit");
  front.act(list, [&front, asked](Output& out) {
    auto table = std::make_shared<Table>();
    auto copied = std::make_shared<bool>(false);
    table->header.push_back({{tr("device")},
                             {tr("unit")},
                             {tr("name")},
                             {tr("entries")},
                             {tr("last contact")},
                             {tr("state")}});
    return front.call(
        out, *asked,
        {.on_line =
             [table, copied](const json::object& device) {
               const auto contact = number_in(device, "contact");
               table->rows.push_back({text_in(device, "device").substr(0, 12), unit_of(device),
                                      text_in(device, "name"),
                                      number_in(device, "entries").value_or(0),
                                      contact ? local_time(*contact) : std::string(tr("never")),
                                      std::string(tr(state_of(device))) + alike_text(device) +
                                          branches_text(device)});
               if (number_in(device, "branches").value_or(0) >= kManyBranches) *copied = true;
             },
         .on_done =
             [&out, table, copied](const json::object&) {
               out.text(render_text(*table, out.columns()));
               if (!*copied) return;
               out.text(
                   tr("Nothing is lost where a folder is copied or put back. But machines that "
                      "share one can't be told apart or shut out one by one: invite each of them "
                      "(sitelogd invite), and join it in a folder of its own."));
             }});
  });
}

void add_revoking(Front& front, CLI::App* devices) {
  for (const bool revoke : {true, false}) {
    auto* command =
        revoke ? front.command(devices, "revoke",
                               N_("shut a device out; what it has sent so far still counts"),
                               "sitelogd devices revoke 7f3a91c2 --reason 丢失")
               : front.command(devices, "reinstate", N_("take a revocation back"),
                               "sitelogd devices reinstate 7f3a91c2");
    const auto given = front.options(command, revoke ? "devices.revoke" : "devices.reinstate");
    given->positional("device");
    if (revoke) given->option("reason");
    front.act(command, [&front, given, revoke](Output& out) {
      return front.call(
          out, *given,
          {.on_done =
               [&out, revoke](const json::object& done) {
                 out.text(fill(revoke ? tr("Revoked: {}") : tr("Reinstated: {}"),
                               {text_in(done, "device")}));
                 for (const auto& unit : array_in(done, "units")) {
                   out.text("  " + fill(tr("unit {}"), {std::string(unit.as_string())}));
                 }
               },
           .outcome_is_line = true});
    });
  }
}

void add_admitting(Front& front, CLI::App* devices) {
  auto* command = front.command(devices, "admit",
                                N_("let a device in again that brought more than is kept of one "
                                   "device; or say how much is kept of it"),
                                "sitelogd devices admit 7f3a91c2");
  const auto given = front.options(command, "devices.admit");
  given->positional("device");
  given->option("entries");
  given->option("mib");
  given->option("streams");
  front.act(command, [&front, given](Output& out) {
    return front.call(
        out, *given,
        {.on_done =
             [&out](const json::object& done) {
               constexpr int64_t kMib = 1024 * 1024;
               out.text(fill(
                   tr("Let in: {}; {} entries, {} MiB and {} streams are kept of it in each unit"),
                   {text_in(done, "device"), std::to_string(number_in(done, "entries").value_or(0)),
                    std::to_string(number_in(done, "bytes").value_or(0) / kMib),
                    std::to_string(number_in(done, "streams").value_or(0))}));
             },
         .outcome_is_line = true});
  });
}

void add_devices(Front& front) {
  auto* devices = front.group("devices", N_("who may write in the units' books"));
  add_device_list(front, devices);
  add_revoking(front, devices);
  add_admitting(front, devices);
}

}  // namespace

void tell_held_up(Output& out, const json::object& status) {
  for (const auto& unit : status.at("units").as_array()) {
    for (const auto& item : unit.as_object().at("devices").as_array()) {
      const json::object& device = item.as_object();
      if (!is_held_up(device)) continue;
      const std::string id = text_in(device, "device").substr(0, 12);
      out.text(
          fill(tr("nothing more is taken of device {} ({}) of unit {}: it brought more than is "
                  "kept of one device. Look at what it sent; then sitelogd devices admit {} "
                  "lets it in again, or sitelogd devices revoke {} shuts it out."),
               {id, text_in(device, "name"), name_of_unit(unit.as_object()), id, id}));
    }
  }
}

void add_headquarters_device_commands(Front& front) {
  add_invite(front);
  add_devices(front);
}

}  // namespace sitelog
