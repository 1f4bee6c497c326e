// How a campaign stands, unit by unit, in one look.
#include <algorithm>
#include <map>
#include <set>

#include "campaign/counts.hpp"
#include "campaign/names.hpp"
#include "campaign/report.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr int64_t kSilentMs = int64_t{2} * 24 * 3600 * 1000;

using ByUnit = std::map<BookCode, int64_t>;

int64_t count_in(const ByUnit& numbers, const BookCode& unit) {
  const auto at = numbers.find(unit);
  return at != numbers.end() ? at->second : 0;
}

// Of the campaign's records, by unit.
struct Held {
  ByUnit records, pending, returned, accepted, refused, changed, conflicts, to_send, voided;
  std::vector<std::pair<std::string, ByUnit>> waiting;  // at stations, by their roles
};

Held held_of(const Queries& queries, const Definition& definition) {
  const auto count = [&](const auto& narrow) {
    RecordFilter filter;
    filter.campaign = definition.id;
    narrow(filter);
    return queries.count_by_unit(filter);
  };
  const auto reviewed = [&](ReviewVerdict verdict) {
    return count([&](RecordFilter& filter) { filter.review = name_of(verdict); });
  };
  Held out{.records = count([](RecordFilter&) {}),
           .pending = reviewed(ReviewVerdict::kPending),
           .returned = reviewed(ReviewVerdict::kReturned),
           .accepted = reviewed(ReviewVerdict::kAccepted),
           .refused = reviewed(ReviewVerdict::kRefused),
           .changed = count([](RecordFilter& filter) { filter.changed = true; }),
           .conflicts = count([](RecordFilter& filter) { filter.in_conflict = true; }),
           .to_send = count([](RecordFilter& filter) { filter.to_send = true; }),
           .voided = count([](RecordFilter& filter) { filter.voided = true; }),
           .waiting = {}};
  for (const RoleDefinition& role : definition.roles) {
    auto waiting = count([&](RecordFilter& filter) { filter.waits_for = role.key; });
    if (!waiting.empty()) out.waiting.emplace_back(role.key, std::move(waiting));
  }
  return out;
}

struct Devices {
  int64_t devices = 0, silent = 0;
  std::optional<int64_t> contact = {};
};

// Those that are let in.
std::map<BookCode, Devices> devices_of(const Queries& queries, const std::vector<BookCode>& units,
                                       int64_t now_ms) {
  std::map<BookCode, Devices> out;
  queries.list_devices(units, [&](const json::object& line) {
    if (!line.at("revoked").is_null()) return;
    Devices& unit = out[BookCode(line.at("unit").as_string())];
    ++unit.devices;
    const auto* contact = line.at("contact").if_int64();
    if (contact != nullptr) unit.contact = std::max(unit.contact.value_or(*contact), *contact);
    if (contact == nullptr || *contact < now_ms - kSilentMs) ++unit.silent;
  });
  return out;
}

class Board {
 public:
  Board(const Queries& queries, const Definition& definition, const UnitTree& tree)
      : definition_(definition), tree_(tree), held_(held_of(queries, definition)) {
    std::vector<TallyRow> tallies;
    for (const BookTally& each : queries.tallies(definition.id)) {
      tallies.push_back(row_of(each.unit, each.tally));
      if (tallies.back().left_out.empty()) counted_[each.unit] += tallies.back().counts.sessions;
    }
    for (const Progress::Row& row : progress(definition, tree, tallies, {}).rows) {
      if (row.quota) to_quota_[row.unit] = row.to_quota;
    }
  }

  // Units of which there are records and which the tree doesn't know.
  std::vector<BookCode> unknown() const {
    std::vector<BookCode> out;
    for (const auto& [unit, records] : held_.records) {
      if (tree_.unit(unit) == nullptr) out.push_back(unit);
    }
    return out;
  }

  // Nothing of a unit that was removed before anything was recorded there.
  std::optional<json::object> line(const BookCode& code) const {
    const Unit* unit = tree_.unit(code);
    const bool removed = unit != nullptr && unit->removed;
    const int64_t records = count_in(held_.records, code);
    if (removed && records == 0) return std::nullopt;
    const auto quota = definition_.quota(code);
    json::object out{{"unit", code},
                     {"name", tree_.name(code)},
                     {"quota", nullptr},
                     {"to_quota", count_in(to_quota_, code)},
                     {"counted", count_in(counted_, code)},
                     {"records", records},
                     {"pending", count_in(held_.pending, code)},
                     {"returned", count_in(held_.returned, code)},
                     {"accepted", count_in(held_.accepted, code)},
                     {"refused", count_in(held_.refused, code)},
                     {"changed", count_in(held_.changed, code)},
                     {"conflicts", count_in(held_.conflicts, code)},
                     {"to_send", count_in(held_.to_send, code)},
                     {"void", count_in(held_.voided, code)}};
    if (quota) out["quota"] = *quota;
    if (unit != nullptr && !unit->parent.empty()) out["part_of"] = unit->parent;
    if (removed) out["removed"] = true;
    json::array waiting;
    for (const auto& [role, by_unit] : held_.waiting) {
      const int64_t here = count_in(by_unit, code);
      if (here > 0) waiting.emplace_back(json::object{{"role", role}, {"records", here}});
    }
    if (!waiting.empty()) out["waiting"] = std::move(waiting);
    return out;
  }

 private:
  const Definition& definition_;
  const UnitTree& tree_;
  const Held held_;
  ByUnit counted_, to_quota_;
};

OperationAnswer tell_board(Headquarters& headquarters, const OperationCall& call) {
  Engine& engine = *headquarters.engine;
  const auto definition =
      engine.with_catalogue([&](const CampaignCatalogue& catalogue) -> Result<Definition> {
        const auto found = find_campaign(catalogue.campaigns(), call.args.text("campaign"));
        return found ? Result<Definition>(**found) : found.refusal();
      });
  if (!definition) return definition.refusal();
  const Scope& all = call.caller.scope;
  const Scope scope = for_campaign(all, definition->id);
  std::vector<json::object> lines;
  auto told = engine.read([&](const Queries& queries) -> OperationAnswer {
    const KnownUnits units(engine, queries);
    const auto unit = unit_named(units, call);
    if (!unit) return unit.refusal();
    const UnitTree& tree = units.tree();
    std::vector<BookCode> asked = tree.all_within(*unit);
    std::erase_if(asked, [&](const BookCode& code) { return !lies_in(scope, tree, code); });
    if (asked.empty() && !scope.everything) return nothing_told(call);
    const Board board(queries, *definition, tree);
    if (scope.everything && unit->empty()) {
      for (BookCode& code : board.unknown()) asked.push_back(std::move(code));
    }
    // Who has a role for some campaigns' records alone is told of no devices.
    std::vector<BookCode> with_devices;
    for (const BookCode& code : asked) {
      if (lies_in(all, tree, code)) with_devices.push_back(code);
    }
    const std::set<BookCode> tells_devices(with_devices.begin(), with_devices.end());
    auto devices =
        with_devices.empty()
            ? std::map<BookCode, Devices>()
            : devices_of(queries, all.everything ? std::vector<BookCode>() : with_devices,
                         read_clock().wall.ms);
    for (const BookCode& code : asked) {
      auto line = board.line(code);
      if (!line) continue;
      if (tells_devices.contains(code)) {
        const Devices& here = devices[code];
        (*line)["devices"] = here.devices;
        (*line)["silent"] = here.silent;
        if (here.contact) (*line)["contact"] = *here.contact;
      }
      lines.push_back(*std::move(line));
    }
    return json::object{{"campaign", definition->id}, {"units", lines.size()}};
  });
  if (told) {
    for (json::object& line : lines) call.io.line(line);
  }
  return told;
}

}  // namespace

void add_board_operation(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add(
      {.name = "report.board",
       .help = N_("how a campaign stands unit by unit: quota, what is held, where it waits, "
                  "when devices were met"),
       .arguments = {argument::text("campaign", N_("the campaign, by its id or title")).needed(),
                     only_unit_argument()},
       .line =
           object({{"unit", text()},
                   {"name", text()},
                   sometimes("part_of", text()),
                   sometimes("removed", flag()),
                   {"quota", or_null(integer())},
                   {"to_quota", integer()},
                   {"counted", integer()},
                   {"records", integer()},
                   {"pending", integer()},
                   {"returned", integer()},
                   {"accepted", integer()},
                   {"refused", integer()},
                   {"changed", integer()},
                   {"conflicts", integer()},
                   {"to_send", integer()},
                   {"void", integer()},
                   sometimes("waiting", list(object({{"role", text()}, {"records", integer()}}))),
                   sometimes("devices", integer()),
                   sometimes("silent", integer()),
                   sometimes("contact", integer())}),
       .answer = object({{"campaign", text()}, {"units", integer()}}),
       .run = run_by(headquarters, tell_board)});
}

}  // namespace sitelog
