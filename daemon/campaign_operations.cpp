// Publishing campaigns.
#include "campaign/notices.hpp"
#include "daemon/headquarters.hpp"
#include "engine/record_operations.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Checks a definition, and publishes it where `publish` says so.
Result<json::object> take_definition(Headquarters& headquarters, const json::object& args,
                                     OperationIo& io, bool publish) {
  const std::string content = text_arg(args, "content");
  const auto definition = parse_definition(content, text_arg(args, "file"));
  if (!definition) {
    for (const Refusal& problem : definition.problems) io.line({{"problem", to_json(problem)}});
    return Refusal{Reason::kInvalidFile,
                   N_("{} errors, listed above: nothing was published; correct the file and try "
                      "again"),
                   {std::to_string(definition.problems.size())}};
  }
  const Author author = author_of(args, *headquarters.engine);
  const auto noticed = headquarters.engine->call(
      [&](Store& store, const CampaignCatalogue& catalogue) -> Result<std::vector<Refusal>> {
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
                      {"quota_sum", (*definition).quota_sum()},
                      {"published", publish},
                      {"notices", std::move(list)}};
}

}  // namespace

void add_campaign_operations(Operations& operations, Headquarters& headquarters) {
  operations["campaign.check"] = [&](const json::object& args, OperationIo& io) {
    return take_definition(headquarters, args, io, false);
  };
  operations["campaign.publish"] = [&](const json::object& args, OperationIo& io) {
    return take_definition(headquarters, args, io, true);
  };
}

}  // namespace sitelog
