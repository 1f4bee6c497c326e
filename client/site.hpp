#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "client/people_here.hpp"
#include "engine/engine.hpp"
#include "engine/operation_table.hpp"
#include "sync/link/sync_connector.hpp"

namespace sitelog {

// A site's data folder in use.
struct Site {
  std::unique_ptr<Engine> engine;
  std::unique_ptr<PeopleHere> people;
};

Result<std::unique_ptr<Site>> open_site(const std::string& folder, const std::string& purpose,
                                        int64_t wait_ms, const OnOpening& on_opening = {});

// Everything sitelog's commands ask for. `site` outlives the table; null: only to be described.
OperationTable site_operations(Site* site);

ConnectorConfig connector_config(const Engine& engine);
// Whether another address may do where one failed like this: nobody there, a stranger, no address.
bool says_nothing_of_others(const Refusal& failure);
// One sync with `headquarters`, or with the addresses known, in turn; keeps the address that
// answered and how it went.
SyncOutcome sync_now(Engine& engine, const std::string& headquarters, std::stop_token stop,
                     const SyncConnector::OnProgress& on_progress);
void remember(Engine& engine, const SyncOutcome& outcome);
boost::json::object to_json(const SyncOutcome& outcome);

}  // namespace sitelog
