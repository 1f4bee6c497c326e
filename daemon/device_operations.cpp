// Inviting devices, and shutting them out.
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "daemon/headquarters.hpp"
#include "engine/record_operations.hpp"
#include "sync/link/invitation.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000;
constexpr int64_t kDaysDefault = 14;
constexpr int64_t kDaysMax = 366;

Result<json::object> invite(Headquarters& headquarters, const json::object& args) {
  Engine& engine = *headquarters.engine;
  const BookCode unit = text_arg(args, "unit");
  const int64_t days = number_arg(args, "days").value_or(kDaysDefault);
  if (days < 1 || days > kDaysMax) {
    return Refusal{Reason::kInvalidValue,
                   N_("an invitation is good for 1 to {} days"),
                   {std::to_string(kDaysMax)}};
  }
  Invitation invitation;
  invitation.code = InvitationCode::create(headquarters.authority.certificate().fingerprint());
  invitation.headquarters_name = engine.identity().name;
  invitation.unit = unit;
  invitation.addresses = texts_arg(args, "addresses");
  invitation.expires = Instant{read_clock().wall.ms + days * kDayMs};
  const auto name =
      engine.call([&](Store& store, const CampaignCatalogue& catalogue) -> Result<std::string> {
        const Unit* known = catalogue.units().unit(unit);
        if (known == nullptr) {
          return Refusal{Reason::kUnknownUnit,
                         N_("there is no unit {}: import the units first (sitelogd units import)"),
                         {unit}};
        }
        store.invitations().add(invitation_secret_hash(invitation.code.secret_bytes()), unit,
                                *invitation.expires);
        return known->name;
      });
  if (!name) return name.refusal();
  invitation.unit_name = *name;

  // The file stands in the data folder, for its owner's eyes only: it holds the secret.
  const std::string code = invitation.code.to_text();
  const std::string folder = engine.folder().file("invitations");
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    throw StoreError(StoreError::Kind::kOther, folder + ": " + std::strerror(errno));
  }
  const std::string file = folder + "/" + unit + "-" + code.substr(0, 5) + ".json";
  write_file(file, to_file(invitation), 0600);
  return json::object{{"code", code},
                      {"file", file},
                      {"expires", invitation.expires->ms},
                      {"unit", unit},
                      {"unit_name", *name}};
}

// The one grant whose device id or name begins like this.
Result<FoundRecord> find_grant(const Queries& queries, const std::string& wanted) {
  const auto found = queries.find_grants(wanted);
  if (found.size() == 1) return found.front();
  if (found.empty()) {
    return Refusal{
        Reason::kUnknownDevice, N_("there is no device {} (see sitelogd devices list)"), {wanted}};
  }
  return Refusal{
      Reason::kUnknownDevice, N_("several devices are called {}: give its id"), {wanted}};
}

// Writes a grant's field `revoked`.
Result<json::object> set_revoked(Headquarters& headquarters, const json::object& args,
                                 bool revoke) {
  const Author author = author_of(args, *headquarters.engine);
  return headquarters.engine->call(
      [&](Store& store, const CampaignCatalogue&) -> Result<json::object> {
        const auto found = find_grant(store.queries(), text_arg(args, "device"));
        if (!found) return found.refusal();
        const DeviceId device = *DeviceId::from(found->record.view());
        const auto state = store.state(found->unit, found->record, found->form);
        Value value;
        if (revoke) {
          std::vector<Tip> kept;
          for (const Tip& tip : store.vector(found->unit)) {
            if (tip.stream.device == device) kept.push_back(tip);
          }
          value = revoked_value(kept, author.clock.wall.ms, text_arg(args, "reason"));
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

}  // namespace

void add_device_operations(Operations& operations, Headquarters& headquarters) {
  operations["invite"] = [&](const json::object& args, OperationIo&) {
    return invite(headquarters, args);
  };
  operations["devices.list"] = [&](const json::object& args,
                                   OperationIo& io) -> Result<json::object> {
    const auto units = units_arg(*headquarters.engine, args);
    if (!units) return units.refusal();
    headquarters.engine->read([&](const Queries& queries) {
      queries.list_devices(*units, [&](json::object line) { io.line(line); });
      return Done{};
    });
    return json::object{};
  };
  operations["devices.revoke"] = [&](const json::object& args, OperationIo&) {
    return set_revoked(headquarters, args, true);
  };
  operations["devices.reinstate"] = [&](const json::object& args, OperationIo&) {
    return set_revoked(headquarters, args, false);
  };
}

}  // namespace sitelog
