// Publishing campaigns.
#include "campaign/notices.hpp"
#include "campaign/reporting_units.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Checks a definition, and publishes it where `publish` says so.
OperationAnswer take_definition(Headquarters& headquarters, const OperationCall& call,
                                bool publish) {
  if (publish && !call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  const std::string& content = call.args.text("content");
  const auto definition = parse_definition(content, call.args.text("file"));
  if (!definition) return refused_file(definition.problems);
  const Author author = author_of(call, *headquarters.engine);
  int64_t sum = 0;
  const auto noticed = headquarters.engine->call(
      [&](Store& store, const CampaignCatalogue& catalogue) -> Result<std::vector<Refusal>> {
        sum = quota_sum(*definition, catalogue.units());
        std::vector<Refusal> out = notices(*definition, catalogue.units());
        if (!publish) return out;
        const BookCode root(kRootBook);
        const std::string form(kFormCampaign);
        const RecordId record = campaign_record((*definition).id);
        const auto known = store.state(root, record, form);
        const Entry entry =
            compose(known ? &*known : nullptr, record, form,
                    {{"id", Value((*definition).id)}, {"definition", Value(content)}});
        const auto written = store.write(root, entry, author.clock, author.person);
        if (!written) return written.refusal();
        return out;
      });
  if (!noticed) return noticed.refusal();
  json::array list;
  for (const Refusal& notice : *noticed) list.emplace_back(to_json(notice));
  return json::object{{"campaign", (*definition).id},
                      {"version", (*definition).version},
                      {"zh", (*definition).title.zh},
                      {"en", (*definition).title.en},
                      {"units_with_quota", (*definition).quotas.size()},
                      {"quota_sum", sum},
                      {"published", publish},
                      {"notices", std::move(list)}};
}

OperationAnswer check_campaign(Headquarters& headquarters, const OperationCall& call) {
  return take_definition(headquarters, call, false);
}

OperationAnswer publish_campaign(Headquarters& headquarters, const OperationCall& call) {
  return take_definition(headquarters, call, true);
}

std::vector<Argument> definition_arguments() {
  return {argument::text("file", N_("what the file is called, for messages")).needed(),
          argument::text("content", N_("the definition (TOML)"))
              .between(0, kFileArgumentBytesMax)
              .needed(),
          person_argument(N_("who publishes"))};
}

Shape definition_shape() {
  using namespace shape;
  return object({{"campaign", text()},
                 {"version", integer()},
                 {"zh", text()},
                 {"en", text()},
                 {"units_with_quota", integer()},
                 {"quota_sum", integer()},
                 {"published", flag()},
                 {"notices", list(problem_shape())}});
}

}  // namespace

void add_campaign_operations(OperationTable& table, Headquarters* headquarters) {
  table.add({.name = "campaign.check",
             .right = Right::kAdminister,
             .help = N_("check a definition, publish nothing"),
             .arguments = definition_arguments(),
             .answer = definition_shape(),
             .run = run_by(headquarters, check_campaign)});
  table.add({.name = "campaign.publish",
             .right = Right::kAdminister,
             .writes = true,
             .help = N_("publish a definition to all sites"),
             .arguments = definition_arguments(),
             .answer = definition_shape(),
             .run = run_by(headquarters, publish_campaign)});
}

}  // namespace sitelog
