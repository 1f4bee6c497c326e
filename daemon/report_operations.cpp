// What reports are made of, and copies of the whole.
#include "campaign/counts.hpp"
#include "daemon/backup_folder.hpp"
#include "daemon/headquarters.hpp"
#include "engine/record_operations.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// The definition, the units and the tallies: the report itself is made where it is shown, in the
// reader's language.
Result<json::object> report_data(Headquarters& headquarters, const json::object& args) {
  const std::string campaign = text_arg(args, "campaign");
  const BookCode unit = text_arg(args, "unit");
  Engine& engine = *headquarters.engine;
  auto data =
      engine.call([&](Store& store, const CampaignCatalogue& catalogue) -> Result<json::object> {
        if (catalogue.campaign(campaign) == nullptr) {
          std::string known;
          for (const Definition* definition : catalogue.campaigns()) {
            known += (known.empty() ? "" : ", ") + definition->id;
          }
          return Refusal{Reason::kUnknownCampaign,
                         N_("there is no campaign {}; known are: {}"),
                         {campaign, known}};
        }
        const UnitTree& tree = catalogue.units();
        if (!unit.empty() && tree.unit(unit) == nullptr) {
          return Refusal{Reason::kUnknownUnit, N_("there is no unit {}"), {unit}};
        }
        json::array units;
        for (const BookCode& code : tree.all_within("")) {
          const Unit& line = *tree.unit(code);
          units.emplace_back(json::array{line.code, line.name, line.parent, line.kind, line.level});
        }
        const auto state =
            store.state(BookCode(kRootBook), campaign_record(campaign), std::string(kFormCampaign));
        return json::object{{"units", std::move(units)},
                            {"definition", state ? state->text("definition") : std::string()}};
      });
  if (!data) return data.refusal();
  json::array tallies;
  engine.read([&](const Queries& queries) {
    for (const BookTally& row : queries.tallies(campaign)) {
      const TallyRow counted = row_of(row.unit, row.tally);
      tallies.emplace_back(json::array{counted.unit, counted.kind, counted.level, counted.review,
                                       counted.counts.events, counted.counts.sessions,
                                       counted.counts.participants});
    }
    return Done{};
  });
  (*data)["tallies"] = std::move(tallies);
  return std::move(*data);
}

Result<json::object> backup(Headquarters& headquarters, const json::object& args, OperationIo& io) {
  const std::string to = text_arg(args, "to");
  if (auto done = backup_folder(headquarters.engine->folder(), to, io); !done) {
    return done.refusal();
  }
  return json::object{{"backup", to}};
}

}  // namespace

void add_report_operations(Operations& operations, Headquarters& headquarters) {
  operations["report.data"] = [&](const json::object& args, OperationIo&) {
    return report_data(headquarters, args);
  };
  operations["backup"] = [&](const json::object& args, OperationIo& io) {
    return backup(headquarters, args, io);
  };
}

}  // namespace sitelog
