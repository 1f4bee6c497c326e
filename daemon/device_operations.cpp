// Inviting devices, and shutting them out.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "campaign/looks.hpp"
#include "campaign/text.hpp"
#include "command/terminal/qr.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "sync/link/address.hpp"
#include "sync/link/invitation.hpp"
#include "sync/merge/book_settings.hpp"
#include "sync/merge/forms.hpp"
#include "sync/store/limits.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kDayMs = 24 * 3600 * 1000;
constexpr int64_t kDaysDefault = 14;
constexpr int64_t kDaysMax = 366;
constexpr int64_t kAdmittedEntriesMax = 1'000'000'000;
constexpr int64_t kAdmittedMibMax = 1024 * 1024;

using GrantFields = std::map<std::string, Value>;

Result<BookCode> unit_to_invite(Engine& engine, const OperationCall& call) {
  return engine.read([&](const Queries& queries) -> Result<BookCode> {
    const KnownUnits units(engine, queries);
    const auto unit = unit_named(units, call);
    if (!unit && units.tree().all_within("").empty()) {
      return Refusal{Reason::kUnknownUnit,
                     N_("there is no unit {}: import the units first (sitelogd units import)"),
                     {call.args.text("unit")}};
    }
    if (unit && !Reach(call.caller.scope, units).covers(*unit)) return unknown_unit(call);
    if (unit && is_removed(units, *unit)) return removed_unit(units.name(*unit));
    return unit;
  });
}

// What a device reads with its camera: the file's text, where that is not too long, else the code,
// which does as well where the address is typed.
json::array qr_of(const Invitation& invitation) {
  auto modules = qr_modules(to_file(invitation));
  if (!modules) modules = qr_modules(invitation.code.to_text());
  return json::array(modules->begin(), modules->end());
}

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
  const auto unit = unit_to_invite(engine, call);
  if (!unit) return unit.refusal();
  invitation.unit = *unit;
  const auto unit_name =
      engine.call([&](Store& store, const CampaignCatalogue&) -> Result<std::string> {
        const auto known = unit_in(store, *unit);  // it may have been removed since
        if (known && known->removed) return removed_unit(known->name);
        store.invitations().add(invitation_secret_hash(invitation.code.secret_bytes()), *unit,
                                *invitation.expires);
        return unit_name_in(store, *unit);
      });
  if (!unit_name) return unit_name.refusal();
  invitation.unit_name = *unit_name;

  // The file stands in the data folder, for its owner's eyes only: it holds the secret.
  const std::string code = invitation.code.to_text();
  const HeldFolder folder = engine.folder().folder().within("invitations");
  const std::string name = invitation.unit + "-" + code.substr(0, 5) + ".json";
  folder.write(name, to_file(invitation));
  return json::object{{"code", code},
                      {"file", folder.file(name)},
                      {"expires", invitation.expires->ms},
                      {"unit", invitation.unit},
                      {"unit_name", *unit_name},
                      {"qr", qr_of(invitation)}};
}

Refusal no_device(const std::string& wanted) {
  return {
      Reason::kUnknownDevice, N_("there is no device {} (see sitelogd devices list)"), {wanted}};
}

DetailedRefusal several_devices(const std::string& wanted, const std::vector<KnownGrant>& found) {
  std::vector<FieldProblem> problems;
  for (const KnownGrant& grant : found) {
    problems.push_back({grant.device.hex(),
                        {Reason::kUnknownDevice,
                         N_("{}, of unit {}"),
                         {grant.name.empty() ? "–" : shortened(grant.name, 40), grant.unit}}});
  }
  return DetailedRefusal({Reason::kUnknownDevice,
                          N_("several devices are called {}, or look so: give the whole id of "
                             "the one that is meant"),
                          {shortened(wanted, 40)}},
                         std::move(problems));
}

// The grants of one device: of this id, or, where no id is that, of this name or one that looks
// like it, or of an id that begins so (at least four digits).
Answer<std::vector<KnownGrant>> find_grants(const Queries& queries, const Reach& reach,
                                            const std::string& wanted) {
  const auto id = DeviceId::parse(wanted);
  auto found = queries.grants(id);
  std::erase_if(found, [&](const KnownGrant& grant) { return !reach.covers(grant.unit); });
  if (id && !found.empty()) return found;
  if (id) found = queries.grants(std::nullopt);
  const auto looks = looks_of(wanted);
  std::erase_if(found, [&](const KnownGrant& grant) {
    const bool named = !looks.empty() && looks_of(grant.name) == looks;
    const bool begins = wanted.size() >= 4 && grant.device.hex().starts_with(lower(wanted));
    return !(named || begins) || !reach.covers(grant.unit);
  });
  if (found.empty()) return no_device(wanted);
  const bool one = std::all_of(found.begin(), found.end(), [&](const KnownGrant& grant) {
    return grant.device == found.front().device;
  });
  // A name may differ from book to book, and only some of them be the wanted one.
  if (one) return find_grants(queries, reach, found.front().device.hex());
  return several_devices(wanted, found);
}

// Sets fields of one grant.
Result<> write_grant(Store& store, const KnownGrant& grant, const Author& author,
                     const GrantFields& values) {
  const RecordId record = *RecordId::from(grant.device.view());
  const std::string form(kFormGrant);
  const auto state = store.state(grant.unit, record, form);
  const Entry entry = compose(state ? &*state : nullptr, record, form, values);
  const auto written = store.write(grant.unit, entry, author.clock, author.person);
  if (!written) return written.refusal();
  return Done{};
}

// Sets what `change` says in every grant of the device that "device" names, as a key may have been
// let into several books: in all, or in none where one is refused. Answers with the device and the
// units in which something was set.
using GrantChange = std::function<Result<GrantFields>(Store&, const KnownGrant&)>;  // or nothing
OperationAnswer change_grants(Headquarters& headquarters, const OperationCall& call,
                              const GrantChange& change) {
  Engine& engine = *headquarters.engine;
  const Author author = author_of(call, engine);
  const Reach reach(call.caller.scope, engine);
  return engine.call([&](Store& store, const CampaignCatalogue&) -> OperationAnswer {
    const auto found = find_grants(store.queries(), reach, call.args.text("device"));
    if (!found) return found.refusal();
    std::vector<GrantFields> to_set;
    for (const KnownGrant& grant : *found) {
      auto fields = change(store, grant);
      if (!fields) return fields.refusal();
      to_set.push_back(std::move(*fields));
    }
    json::array units;
    for (size_t i = 0; i < found->size(); ++i) {
      if (to_set[i].empty()) continue;
      const KnownGrant& grant = (*found)[i];
      const auto written = write_grant(store, grant, author, to_set[i]);
      if (!written) return written.refusal();
      units.emplace_back(grant.unit);
    }
    return json::object{{"device", found->front().device.hex()}, {"units", std::move(units)}};
  });
}

OperationAnswer set_revoked(Headquarters& headquarters, const OperationCall& call, bool revoke) {
  auto answer = change_grants(
      headquarters, call, [&](Store& store, const KnownGrant& grant) -> Result<GrantFields> {
        if (!revoke && grant.held_up) {
          return Refusal{
              Reason::kHeldUp,
              N_("device {} is not revoked, it is held up: it brought more than is kept of "
                 "one device; look at what it sent, then: sitelogd devices admit {}"),
              {grant.device.hex(), grant.device.hex()}};
        }
        if (grant.revoked == revoke && !grant.held_up) return GrantFields{};
        if (!revoke) return GrantFields{{"revoked", Value()}};
        const auto kept = store.tips_to_keep(grant.unit, grant.device);
        return GrantFields{
            {"revoked", revoked_value(kept, read_clock().wall.ms, call.args.text("reason"))}};
      });
  if (!answer) return answer;
  if (revoke && answer->at("units").as_array().empty()) {
    return Refusal{Reason::kRevoked,
                   N_("device {} is revoked already"),
                   {std::string(answer->at("device").as_string())}};
  }
  (*answer)["revoked"] = revoke;
  return answer;
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

// How much is kept of a device from now on: as is said, else twice what there is, so that the next
// word is worth a look.
DeviceShare share_to_allow(const OperationCall& call, Store& store, const KnownGrant& grant) {
  const DeviceShare held = store.held_of(grant.unit, grant.device);
  DeviceShare out{std::max(2 * held.entries, limits::kDeviceEntriesMax),
                  std::max(2 * held.bytes, limits::kDeviceBytesMax),
                  std::max(2 * held.streams, limits::kDeviceStreamsMax)};
  const DeviceShare now = store.allowed(grant.unit, grant.device);
  out.chains = now.chains;
  out.contended = now.contended;
  if (held.streams > limits::kListItemsMax) {  // it may be for what it has past these
    out.streams = std::max(out.streams, 2 * now.streams);
  }
  if (grant.held_up) {  // it may have been for one record, or for what is in conflict
    out.chains = 2 * (out.chains != 0 ? out.chains : limits::kDeviceChainsOfRecordMax);
    out.contended = 2 * (out.contended != 0 ? out.contended : limits::kDeviceContendedMax);
  }
  if (const auto entries = call.args.integer("entries")) {
    out.entries = static_cast<uint64_t>(*entries);
  }
  if (const auto mib = call.args.integer("mib")) {
    out.bytes = static_cast<uint64_t>(*mib) * 1024 * 1024;
  }
  if (const auto streams = call.args.integer("streams")) {
    out.streams = static_cast<uint64_t>(*streams);
  }
  return out;
}

// Lets a device bring so much, and in again where it was held up.
OperationAnswer admit_device(Headquarters& headquarters, const OperationCall& call) {
  DeviceShare most;
  auto answer = change_grants(
      headquarters, call, [&](Store& store, const KnownGrant& grant) -> Result<GrantFields> {
        if (grant.revoked && !grant.held_up) {
          return Refusal{Reason::kRevoked,
                         N_("device {} is revoked: sitelogd devices reinstate {} takes that back"),
                         {grant.device.hex(), grant.device.hex()}};
        }
        const DeviceShare share = share_to_allow(call, store, grant);
        most = {std::max(most.entries, share.entries), std::max(most.bytes, share.bytes),
                std::max(most.streams, share.streams)};
        return GrantFields{{"revoked", Value()}, {"allowed", allowed_value(share)}};
      });
  if (!answer) return answer;
  (*answer)["entries"] = most.entries;
  (*answer)["bytes"] = most.bytes;
  (*answer)["streams"] = most.streams;
  return answer;
}

OperationAnswer list_all_devices(Headquarters& headquarters, const OperationCall& call) {
  const auto units = units_asked(*headquarters.engine, call);
  if (!units) return units.refusal();
  std::vector<json::object> lines;
  headquarters.engine->read([&](const Queries& queries) {
    queries.list_devices(*units, [&](json::object line) { lines.push_back(std::move(line)); });
    return Done{};
  });
  std::map<std::u32string, std::set<std::string>> by_looks;  // devices' ids
  const auto looks = [](const json::object& line) {
    const auto* name = line.at("name").if_string();
    return name != nullptr ? looks_of(*name) : std::u32string();
  };
  for (const json::object& line : lines) {
    by_looks[looks(line)].insert(std::string(line.at("device").as_string()));
  }
  for (json::object& line : lines) {
    std::set<std::string> alike = by_looks.at(looks(line));
    alike.erase(std::string(line.at("device").as_string()));
    if (!alike.empty()) line["alike"] = json::array(alike.begin(), alike.end());
    call.io.line(line);
  }
  return json::object{};
}

Argument device_argument() {
  return argument::text("device",
                        N_("the device's id, the first digits of it (at least four) or its name"))
      .needed();
}

Shape revoked_shape() {
  using namespace shape;
  return object({{"device", text()}, {"units", list(text())}, {"revoked", flag()}});
}

}  // namespace

void add_device_operations(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add({.name = "invite",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("a one-time invitation for a device of a unit"),
             .secret = true,
             .arguments = {argument::unit("unit", N_("the unit's code or name")).needed(),
                           argument::integer("days", 1, kDaysMax,
                                             N_("how long it is good for; 14 where not given")),
                           argument::texts("addresses",
                                           N_("HOST:PORT where sites reach this headquarters"))},
             .answer = object({{"code", text()},
                               {"file", text()},
                               {"expires", integer()},
                               {"unit", text()},
                               {"unit_name", text()},
                               {"qr", list(text())}}),
             .run = run_by(headquarters, invite_device)});
  table.add({.name = "devices.list",
             .help = N_("all devices, and when each was last met"),
             .arguments = {only_unit_argument()},
             .line = object({{"device", text()},
                             {"unit", text()},
                             sometimes("unit_name", text()),
                             {"name", or_null(text())},
                             sometimes("alike", list(text())),
                             {"granted", any()},
                             {"revoked", any()},
                             {"allowed", any()},
                             {"contact", or_null(integer())},
                             {"entries", integer()},
                             {"branches", integer()}}),
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
  table.add({.name = "devices.admit",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("let a device in again that brought more than is kept of one device; or "
                        "say how much is kept of it"),
             .arguments = {device_argument(),
                           argument::integer("entries", 0, kAdmittedEntriesMax,
                                             N_("how many entries are kept of it; where not given, "
                                                "twice what there is, and 2,000,000 at least")),
                           argument::integer("mib", 0, kAdmittedMibMax,
                                             N_("how many MiB; where not given, twice what there "
                                                "is, and 4096 at least")),
                           argument::integer("streams", 1, limits::kStreamsOfDeviceMax,
                                             N_("how many streams: one more each time its folder "
                                                "is copied or put back; where not given, twice "
                                                "what there is, and 4096 at least")),
                           person_argument(N_("who does it"))},
             .answer = object({{"device", text()},
                               {"units", list(text())},
                               {"entries", integer()},
                               {"bytes", integer()},
                               {"streams", integer()}}),
             .run = run_by(headquarters, admit_device)});
}

}  // namespace sitelog
