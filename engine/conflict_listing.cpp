// What waits for somebody to decide or to look at it, listed: fields in conflict, and what is kept
// aside.
#include <algorithm>
#include <limits>

#include "campaign/names.hpp"
#include "engine/list_cursor.hpp"
#include "engine/operation_parts.hpp"
#include "engine/record_operations.hpp"
#include "engine/station_words.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Whether what lies in that book is told: in staff books, to whom accounts are listed.
class TellsOf {
 public:
  explicit TellsOf(const Caller& caller)
      : accounts_too_(scope_of(caller, Right::kAdminister).everything) {}
  bool operator()(const json::object& line) const {
    return accounts_too_ || !is_staff_book(std::string_view(line.at("unit").as_string()));
  }

 private:
  const bool accounts_too_;
};

// By its id or title, whether it is in force or was withdrawn.
Result<std::string> campaign_asked(Engine& engine, const OperationCall& call) {
  return engine.with_catalogue([&](const CampaignCatalogue& catalogue) -> Result<std::string> {
    auto all = catalogue.campaigns();
    const auto gone = catalogue.withdrawn();
    all.insert(all.end(), gone.begin(), gone.end());
    const auto found = find_campaign(all, call.args.text("campaign"));
    return found ? Result<std::string>((*found)->id) : found.refusal();
  });
}

// What of these records is the campaign's; empty where nothing can be.
Within of_campaign(Within within, const std::string& campaign) {
  if (within.empty()) return {{.campaign = campaign}};
  std::erase_if(within, [&](const RecordsOf& each) {
    const auto& except = each.except;
    return (!each.campaign.empty() && each.campaign != campaign) ||
           std::find(except.begin(), except.end(), campaign) != except.end();
  });
  for (RecordsOf& each : within) each = {each.units, campaign};
  return within;
}

// Page by page, each at a moment of its own: who reads slowly holds up no writing, and what was
// decided meanwhile is told no more. The lines of one record are not parted.
OperationAnswer list_all_conflicts(Engine& engine, const OperationCall& call) {
  auto within = records_asked(engine, call);
  if (!within) return within.refusal();
  if (call.args.has("campaign")) {
    const auto campaign = campaign_asked(engine, call);
    if (!campaign) return campaign.refusal();
    *within = of_campaign(*std::move(within), *campaign);
    if (within->empty()) return json::object{};
  }
  const ListCursors cursors(engine.identity().key, "conflicts.list", call, {"unit", "campaign"});
  const auto place = cursors.given();
  if (!place) return place.refusal();
  const auto limit =
      static_cast<size_t>(call.args.integer("limit").value_or(std::numeric_limits<int64_t>::max()));
  const SeenCodes codes(engine.identity().key);
  const TellsOf tells_of(call.caller);
  const RecordPlace after = *place ? (*place)->at : RecordPlace{};
  const auto numbers =
      engine.read([&](const Queries& queries) { return queries.in_conflict(*within, after); });
  std::vector<json::object> page;
  ListPlace last;
  size_t told = 0, next = 0;
  while (next < numbers.size() && told < limit) {
    page.clear();
    engine.read([&](const Queries& queries) {
      const KnownUnits units(engine, queries);
      size_t bytes = 0;
      while (next < numbers.size() && page.size() < kPageLines && bytes < kPageBytes &&
             told + page.size() < limit) {
        const int64_t number = numbers[next++];
        queries.list_conflicts(number, [&](json::object line) {
          if (!tells_of(line)) return;
          add_code(codes, line);
          name_units_said([&units](const BookCode& code) { return units.name(code); }, line);
          bytes += json::serialize(line).size();
          last.at = {*RecordId::parse(line.at("record").as_string()), number};
          page.push_back(std::move(line));
        });
      }
      return Done{};
    });
    told += page.size();
    for (const json::object& line : page) call.io.line(line);
  }
  json::object out;
  if (next < numbers.size() && told > 0) out["next"] = cursors.after(last);
  return out;
}

// The same.
OperationAnswer list_all_quarantine(Engine& engine, const OperationCall& call) {
  const auto within = records_asked(engine, call);
  if (!within) return within.refusal();
  const ListCursors cursors(engine.identity().key, "quarantine.list", call, {"unit"});
  const auto place = cursors.given();
  if (!place) return place.refusal();
  const int64_t limit = call.args.integer("limit").value_or(std::numeric_limits<int64_t>::max());
  const TellsOf tells_of(call.caller);
  int64_t told = 0;
  int64_t last = *place ? (*place)->at.number : 0;
  for (bool more = limit > 0; more;) {
    std::vector<json::object> page;
    const auto most = std::min<int64_t>(static_cast<int64_t>(kPageLines), limit - told);
    int64_t read = 0;
    const int64_t after = last;
    engine.read([&](const Queries& queries) {
      queries.list_quarantine(*within, after, most + 1, [&](int64_t number, json::object line) {
        if (++read > most) return;  // says that there is more
        last = number;
        if (!tells_of(line)) return;
        page.push_back(std::move(line));
      });
      return Done{};
    });
    for (const json::object& line : page) call.io.line(line);
    told += static_cast<int64_t>(page.size());
    more = read > most && told < limit;
    if (read > most && !more) {
      ListPlace end;
      end.at.number = last;
      return json::object{{"next", cursors.after(end)}};
    }
  }
  return json::object{};
}

}  // namespace

void add_conflict_listing(OperationTable& table, Engine* engine, Shape conflict) {
  using namespace shape;
  table.add(
      {.name = "conflicts.list",
       .help = N_("fields changed differently at the same time, all candidates"),
       .arguments = {only_unit_argument(), argument::text("campaign", N_("only of this campaign")),
                     page_limit_argument(), cursor_argument()},
       .line = std::move(conflict),
       .answer = object({next_member()}),
       .run = run_by(engine, list_all_conflicts)});
  table.add({.name = "quarantine.list",
             .help = N_("entries that are kept but not merged, with the reasons"),
             .arguments = {only_unit_argument(), page_limit_argument(), cursor_argument()},
             .line = object({{"unit", text()},
                             {"record", or_null(text())},
                             {"form", or_null(text())},
                             {"device", text()},
                             {"stream", text()},
                             {"number", integer()},
                             {"entry", text()},
                             {"reason", text()},
                             {"text", text()},
                             {"args", list(text())}}),
             .answer = object({next_member()}),
             .run = run_by(engine, list_all_quarantine)});
}

}  // namespace sitelog
