#include "daemon/export_reach.hpp"

#include <algorithm>

namespace sitelog {

bool reaches(const Scope& scope, Engine& engine, const ExportReach& made) {
  if (scope.everything) return true;
  if (made.campaign.empty()) return false;
  const Scope now = for_campaign(scope, made.campaign);
  if (now.everything) return true;
  if (made.within.empty()) return false;
  const auto tree = engine.read([&](const Queries& queries) { return engine.units(queries); });
  return std::all_of(made.within.begin(), made.within.end(), [&](const RecordsOf& of) {
    const auto is_without = [&] {
      if (!of.campaign.empty()) return of.campaign != made.campaign;
      return std::find(of.except.begin(), of.except.end(), made.campaign) != of.except.end();
    };
    if (is_without()) return true;  // nothing of it is in the file
    return !of.units.empty() &&
           std::all_of(of.units.begin(), of.units.end(),
                       [&](const BookCode& unit) { return lies_in(now, *tree, unit); });
  });
}

Refusal beyond_reach() {
  return {Reason::kNotPermitted,
          N_("your roles do not reach all that this export was made of any more: it is not given; "
             "start another one"),
          {}};
}

Result<std::optional<ExportJob>> export_to_give(ExportJobs& jobs, Engine& engine,
                                                const Caller& caller, const std::string& id) {
  auto job = jobs.find(caller.name, id);
  if (!job || job->state != ExportJob::State::kDone) return std::optional<ExportJob>();
  if (!has_right(caller, Right::kRead) ||
      !reaches(scope_of(caller, Right::kRead), engine, job->reach)) {
    return beyond_reach();
  }
  return job;
}

}  // namespace sitelog
