#pragma once

#include "daemon/export_jobs.hpp"
#include "engine/caller.hpp"
#include "engine/engine.hpp"

// Whether somebody may still have what they were told of once.
namespace sitelog {

// Whether all of it lies in the scope, by the units as they are now. Any thread but the store's.
bool reaches(const Scope& scope, Engine& engine, const ExportReach& made);

// What is told (kNotPermitted) where it doesn't.
Refusal beyond_reach();

// The file of this account's export, where it is done; nothing where there is none. Refuses
// kNotPermitted where the caller, by what their roles are now, may not see all that is in it.
Result<std::optional<ExportJob>> export_to_give(ExportJobs& jobs, Engine& engine,
                                                const Caller& caller, const std::string& id);

}  // namespace sitelog
