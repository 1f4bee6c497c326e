// A campaign's definition, as TOML.
#include <algorithm>
#include <boost/json.hpp>

#include "campaign/banner.hpp"
#include "campaign/campaign_catalogue.hpp"
#include "campaign/report.hpp"
#include "campaign/reporting_units.hpp"
#include "campaign/validation.hpp"
#include "sync/merge/forms.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

const std::vector<Unit> kUnits{{"city", "City", "", "", ""},
                               {"mine", "Mine", "city", "", ""},
                               {"mill", "Mill", "city", "", ""}};

void check_fields(const Definition& definition) {
  for (const Form& form : definition.forms) {
    MUST(!form.fields.empty() && !is_system_form(form.key));
    for (const Field& field : form.fields) {
      MUST(form.field(field.name) == &field && !is_reserved_field(field.name));
      MUST((field.type == FieldType::kChoice) ==
           (definition.vocabulary(field.vocabulary) != nullptr));
      MUST(field.min <= field.max);
      MUST((field.type == FieldType::kList) <= field.policy.has_value());
    }
    // A default is a value that a person could have typed.
    const Checked empty = check_input(definition, form.key, {}, {definition.to, "Mine", nullptr});
    for (const auto& [name, value] : empty.values) {
      MUST(form.field(name)->default_value == value);
    }
    for (const FieldProblem& problem : empty.errors) {
      MUST(form.field(problem.field) != nullptr && form.field(problem.field)->required);
    }
  }
}

// What people see of it, with counts as they stand in the store.
void check_reports(const Definition& definition) {
  const UnitTree tree(kUnits);
  std::vector<TallyRow> tallies;
  for (const char* unit : {"city", "mine", "mill"}) {
    const std::string kind = definition.kinds.empty() ? "other" : definition.kinds.front().key;
    tallies.push_back({unit, definition.id, kind, "level", "pending", {2, 3, 1'000'000'000}});
  }
  for (const char* language : {"zh", "en"}) {
    const Table progressed = progress(definition, tree, tallies, "").to_table(language);
    MUST(progressed.rows.size() >= 1);
    MUST(!statistics(definition, tree, tallies, "").to_table(language).header.empty());
  }
  const auto shown = boost::json::serialize(progress(definition, tree, tallies, "city").to_json());
  MUST(!shown.empty());
  MUST(banner_text(definition, "Mine").empty() == definition.banner.empty());
  MUST(quota_sum(definition, tree) >= 0);
}

RecordState published(const std::string& id, std::string_view toml) {
  RecordState out;
  out.form = kFormCampaign;
  out.fields["id"] = {Value(id), {}};
  out.fields["definition"] = {Value(std::string(toml)), {}};
  return out;
}

}  // namespace

FUZZ_TARGET(campaigns) {
  const std::string_view toml = as_text(input);
  const auto definition = parse_definition(toml, "campaign.toml");
  const auto lenient = parse_definition(toml, "campaign.toml", UnknownKeys::kIgnore);
  MUST(static_cast<bool>(definition) == definition.problems.empty());
  MUST(static_cast<bool>(lenient) == lenient.problems.empty());
  for (const Refusal& problem : definition.problems) {
    MUST(problem.reason == Reason::kInvalidFile && problem.args.size() >= 2);
    check_refusal(problem, input.size());
  }
  MUST(lenient.problems.size() <= definition.problems.size());
  if (!lenient) return;
  check_fields(*lenient);
  check_reports(*lenient);
  CampaignCatalogue catalogue;
  const RecordState record = published(lenient->id, toml);
  MUST(catalogue.learn(record) != Consequence::kNone);
  MUST(catalogue.learn(record) == Consequence::kNone);
  MUST(catalogue.problems().empty() && catalogue.campaign(lenient->id) != nullptr);
}
