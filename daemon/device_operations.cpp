// Inviting devices, and shutting them out.
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "sync/link/address.hpp"
#include "sync/link/invitation.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000;
constexpr int64_t kDaysDefault = 14;
constexpr int64_t kDaysMax = 366;

OperationAnswer invite_device(Headquarters& headquarters, const OperationCall& call) {
  Engine& engine = *headquarters.engine;
  const int64_t days = call.args.integer("days").value_or(kDaysDefault);
  Invitation invitation;
  invitation.code = InvitationCode::create(headquarters.authority.certificate().fingerprint());
  invitation.headquarters_name = engine.identity().name;
  invitation.addresses = call.args.texts("addresses");
  for (const std::string& address : invitation.addresses) {
    if (const auto parsed = HostPort::parse(address); !parsed) return parsed.refusal();
  }
  invitation.expires = Instant{read_clock().wall.ms + days * kDayMs};
  const auto name =
      engine.call([&](Store& store, const CampaignCatalogue& catalogue) -> Result<std::string> {
        const auto unit = unit_named(catalogue, call);
        if (!unit && catalogue.units().size() == 0) {
          return Refusal{Reason::kUnknownUnit,
                         N_("there is no unit {}: import the units first (sitelogd units import)"),
                         {call.args.text("unit")}};
        }
        if (!unit) return unit.refusal();
        if (!lies_in(call.caller.scope, catalogue.units(), *unit)) return not_yours(*unit);
        store.invitations().add(invitation_secret_hash(invitation.code.secret_bytes()), *unit,
                                *invitation.expires);
        invitation.unit = *unit;
        return catalogue.units().name(*unit);
      });
  if (!name) return name.refusal();
  invitation.unit_name = *name;

  // The file stands in the data folder, for its owner's eyes only: it holds the secret.
  const std::string code = invitation.code.to_text();
  const std::string folder = engine.folder().file("invitations");
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    throw StoreError(StoreError::Kind::kOther, folder + ": " + std::strerror(errno));
  }
  const std::string file = folder + "/" + invitation.unit + "-" + code.substr(0, 5) + ".json";
  write_file(file, to_file(invitation), 0600);
  return json::object{{"code", code},
                      {"file", file},
                      {"expires", invitation.expires->ms},
                      {"unit", invitation.unit},
                      {"unit_name", *name}};
}

Refusal no_device(const std::string& wanted) {
  return {
      Reason::kUnknownDevice, N_("there is no device {} (see sitelogd devices list)"), {wanted}};
}

// The one grant whose device id or name begins like this.
Result<FoundRecord> find_grant(const Queries& queries, const std::string& wanted) {
  const auto found = queries.find_grants(wanted);
  if (found.size() == 1) return found.front();
  if (found.empty()) return no_device(wanted);
  return Refusal{
      Reason::kUnknownDevice, N_("several devices are called {}: give its id"), {wanted}};
}

// Writes a grant's field `revoked`.
OperationAnswer set_revoked(Headquarters& headquarters, const OperationCall& call, bool revoke) {
  const Author author = author_of(call, *headquarters.engine);
  return headquarters.engine->call(
      [&](Store& store, const CampaignCatalogue& catalogue) -> OperationAnswer {
        const auto found = find_grant(store.queries(), call.args.text("device"));
        if (!found) return found.refusal();
        if (!lies_in(call.caller.scope, catalogue.units(), found->unit)) {
          return no_device(call.args.text("device"));
        }
        const DeviceId device = *DeviceId::from(found->record.view());
        const auto state = store.state(found->unit, found->record, found->form);
        Value value;
        if (revoke) {
          std::vector<Tip> kept;
          for (const Tip& tip : store.vector(found->unit)) {
            if (tip.stream.device == device) kept.push_back(tip);
          }
          value = revoked_value(kept, author.clock.wall.ms, call.args.text("reason"));
          if (state && state->shown("revoked") != nullptr) {
            return Refusal{Reason::kRevoked, N_("device {} is revoked already"), {device.hex()}};
          }
        }
        const Entry entry =
            compose(state ? &*state : nullptr, found->record, found->form, {{"revoked", value}});
        const auto written = store.write(found->unit, entry, author.clock, author.person);
        if (!written) return written.refusal();
        return json::object{{"device", device.hex()}, {"unit", found->unit}, {"revoked", revoke}};
      });
}

OperationAnswer revoke_device(Headquarters& headquarters, const OperationCall& call) {
  auto answer = set_revoked(headquarters, call, true);
  if (answer) {
    const auto device = DeviceId::parse(std::string(answer->at("device").as_string()));
    headquarters.disconnect(*device);
  }
  return answer;
}

OperationAnswer reinstate_device(Headquarters& headquarters, const OperationCall& call) {
  return set_revoked(headquarters, call, false);
}

OperationAnswer list_all_devices(Headquarters& headquarters, const OperationCall& call) {
  const auto units = units_asked(*headquarters.engine, call);
  if (!units) return units.refusal();
  std::vector<json::object> lines;
  headquarters.engine->read([&](const Queries& queries) {
    queries.list_devices(*units, [&](json::object line) { lines.push_back(std::move(line)); });
    return Done{};
  });
  for (const json::object& line : lines) call.io.line(line);
  return json::object{};
}

Argument device_argument() {
  return argument::text("device", N_("the device's id (its first digits) or name")).needed();
}

Shape revoked_shape() {
  using namespace shape;
  return object({{"device", text()}, {"unit", text()}, {"revoked", flag()}});
}

}  // namespace

void add_device_operations(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add({.name = "invite",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("a one-time invitation for a device of a unit"),
             .arguments = {argument::unit("unit", N_("the unit's code or name")).needed(),
                           argument::integer("days", 1, kDaysMax,
                                             N_("how long it is good for; 14 where not given")),
                           argument::texts("addresses",
                                           N_("HOST:PORT where sites reach this headquarters"))},
             .answer = object({{"code", text()},
                               {"file", text()},
                               {"expires", integer()},
                               {"unit", text()},
                               {"unit_name", text()}}),
             .run = run_by(headquarters, invite_device)});
  table.add({.name = "devices.list",
             .help = N_("all devices, and when each was last met"),
             .arguments = {only_unit_argument()},
             .line = object({{"device", text()},
                             {"unit", text()},
                             {"name", or_null(text())},
                             {"granted", any()},
                             {"revoked", any()},
                             {"contact", or_null(integer())},
                             {"entries", integer()}}),
             .run = run_by(headquarters, list_all_devices)});
  table.add({.name = "devices.revoke",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("shut a device out; what it has sent so far still counts"),
             .arguments = {device_argument(),
                           argument::text("reason", N_("why")).holding(Holds::kSeveralLines),
                           person_argument(N_("who does it"))},
             .answer = revoked_shape(),
             .run = run_by(headquarters, revoke_device)});
  table.add({.name = "devices.reinstate",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("take a revocation back"),
             .arguments = {device_argument(), person_argument(N_("who does it"))},
             .answer = revoked_shape(),
             .run = run_by(headquarters, reinstate_device)});
}

}  // namespace sitelog
