// Which judging rules hold.
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"
#include "sync/merge/forms.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

json::object told(const RulesInForce& rules) {
  return {{"hold", rules.hold},
          {"judged_by", rules.judged_by},
          {"known", known_rules().newest()},
          {"install", rules.install}};
}

int64_t in_quarantine(const Store& store, const DeviceId& headquarters) {
  int64_t out = 0;
  for (const BookStatus& book : store.queries().status(headquarters, std::nullopt)) {
    out += book.quarantined;
  }
  return out;
}

OperationAnswer show_rules(Headquarters& headquarters, const OperationCall&) {
  return headquarters.engine->read(
      [](const Queries& queries) -> OperationAnswer { return told(queries.rules()); });
}

OperationAnswer use_rules(Headquarters& headquarters, const OperationCall& call) {
  if (!call.caller.scope.everything) return not_yours(BookCode(kRootBook));
  const auto number = static_cast<uint64_t>(*call.args.integer("number"));
  if (number > known_rules().newest()) {
    return Refusal{Reason::kInvalidValue,
                   N_("this program knows rules 1 to {}: those of number {} could judge nothing"),
                   {std::to_string(known_rules().newest()), std::to_string(number)}};
  }
  const Author author = author_of(call, *headquarters.engine);
  const DeviceId device = headquarters.engine->identity().device();
  struct Outcome {
    RulesInForce rules;
    int64_t before = 0, after = 0;
  };
  const auto outcome =
      headquarters.engine->call([&](Store& store, const CampaignCatalogue&) -> Result<Outcome> {
        Outcome out;
        store.flush();
        out.before = in_quarantine(store, device);
        const auto written = write_rules(store, number, author);
        if (!written) return written.refusal();
        store.flush();
        out.after = in_quarantine(store, device);
        out.rules = store.queries().rules();
        return out;
      });
  if (!outcome) return outcome.refusal();
  json::object out = told(outcome->rules);
  out["quarantined_before"] = outcome->before;
  out["quarantined"] = outcome->after;
  return out;
}

std::vector<Member> rules_members() {
  using namespace shape;
  return {{"hold", integer()}, {"judged_by", integer()}, {"known", integer()}, {"install", text()}};
}

}  // namespace

Result<> write_rules(Store& store, uint64_t number, const Author& author) {
  const BookCode root(kRootBook);
  const std::string form(kFormRules);
  const auto known = store.state(root, rules_record(), form);
  // What `--version` says here: this program knows them, whatever else does.
  const auto values = rules_values(number, std::string("Sitelog ") + SITELOG_VERSION);
  const auto written =
      store.write(root, compose(known ? &*known : nullptr, rules_record(), form, values),
                  author.clock, author.person);
  if (!written) return written.refusal();
  return Done{};
}

void add_rules_operations(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add({.name = "rules.show",
             .help = N_("which judging rules hold"),
             .answer = object(rules_members()),
             .run = run_by(headquarters, show_rules)});
  std::vector<Member> used = rules_members();
  used.push_back({"quarantined_before", integer()});
  used.push_back({"quarantined", integer()});
  table.add(
      {.name = "rules.use",
       .right = Right::kAdminister,
       .writes = true,
       .help = N_("let everybody judge by these rules"),
       .arguments = {argument::integer("number", 1, 1'000'000, N_("the rules' number")).needed(),
                     person_argument(N_("who does it"))},
       .answer = object(std::move(used)),
       .run = run_by(headquarters, use_rules)});
}

}  // namespace sitelog
