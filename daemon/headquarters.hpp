#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/accounts/accounts.hpp"
#include "engine/asked_once.hpp"
#include "engine/authoring.hpp"
#include "engine/change_as_seen.hpp"
#include "engine/engine.hpp"
#include "engine/operation_table.hpp"
#include "engine/roles.hpp"
#include "sync/link/certificate.hpp"

namespace sitelog {

class ExportJobs;
class Selections;

// Headquarters' data folder in use: what every device has, and the authority that lets devices in.
struct Headquarters {
  std::unique_ptr<Engine> engine;
  Authority authority;
  // Of the daemon while it serves: which devices are connected, and the end of a connection whose
  // device was revoked. Set before anybody is answered.
  std::function<std::vector<DeviceId>()> connected = {};
  std::function<void(const DeviceId&)> disconnect = [](const DeviceId&) {};
  // Held while units are changed: what is to fit the tree is looked at before it is written.
  std::unique_ptr<std::mutex> changing_units = std::make_unique<std::mutex>();
  // Who may come in at its doors, and what their roles mean.
  std::unique_ptr<Accounts> accounts = {};
  std::unique_ptr<RolesKnown> roles = {};
  // What was asked by keys.
  std::unique_ptr<AskedOnce> asked = {};
  // Held while accounts are changed, likewise.
  std::unique_ptr<std::mutex> changing_accounts = std::make_unique<std::mutex>();
  // Records that were picked to be reviewed together.
  std::shared_ptr<Selections> selections = {};
  // Of the daemon while it serves; else null.
  ExportJobs* exports = nullptr;
  // Where browsers reach it while it serves: https://HOST:PORT; else empty.
  std::string page = {};
  std::function<bool(const std::string&)> knows_operation = [](const std::string&) {
    return false;
  };
};

Result<std::unique_ptr<Headquarters>> open_headquarters(const std::string& folder,
                                                        const std::string& purpose, int64_t wait_ms,
                                                        const OnOpening& on_opening = {});
// The authority whose key lies in the folder. Refuses kFolderDamaged where keys and certificates
// are not there or don't belong together.
Result<Authority> load_authority(const DataFolder& folder, const Identity& identity);
// Sets up a new, empty headquarters. Refuses a folder that is set up already (kFolderExists).
Result<> create_headquarters(const std::string& folder, const std::string& name);

// Everything sitelogd's commands ask for. `headquarters` outlives the table; null: only to be
// described.
OperationTable headquarters_operations(Headquarters* headquarters);

// In a status: this computer's clock, where it is in doubt; nothing where it isn't.
std::optional<boost::json::object> doubted_clock(const Queries& queries);
Shape doubted_clock_shape();

// Lays down which judging rules hold; in a transaction.
Result<> write_rules(Store& store, uint64_t number, const Author& author);

// Says in the common book which roles are filled where, of those that judge records, as accounts
// and published campaigns are now; nothing where it says so already. Who calls it holds
// `changing_accounts`, but where nobody asks yet.
Result<> tell_filled_roles(Headquarters& headquarters, const Person& by);
// What is told of a role that judges records at a unit, given without one.
std::optional<Refusal> station_without_unit(Headquarters& headquarters, const RoleGrant& grant);

void add_unit_operations(OperationTable& table, Headquarters* headquarters);
void add_unit_changes(OperationTable& table, Headquarters* headquarters);
void add_policy_operations(OperationTable& table, Headquarters* headquarters);
void add_status_operation(OperationTable& table, Headquarters* headquarters);
void add_campaign_operations(OperationTable& table, Headquarters* headquarters);
void add_device_operations(OperationTable& table, Headquarters* headquarters);
void add_review_operations(OperationTable& table, Headquarters* headquarters);
void add_board_operation(OperationTable& table, Headquarters* headquarters);  // report.board
// The same verdict on many records, each as it was seen.
// (review.many), and their picking (review.select, review.selection).
void add_bulk_review(OperationTable& table, Headquarters* headquarters);
// On which records a verdict may be, and whether it is given or only what would come of it told.
struct VerdictScope {
  bool also_unsent = true;
  bool preview = false;
};
// What a call of a review says of a record, whichever it is; and the arguments that say it.
Answer<RecordChange> review_change(Headquarters& headquarters, const OperationCall& call,
                                   const VerdictScope& scope);
std::vector<Argument> verdict_arguments();
void add_rules_operations(OperationTable& table, Headquarters* headquarters);
void add_clock_operations(OperationTable& table, Headquarters* headquarters);
void add_account_operations(OperationTable& table, Headquarters* headquarters);
void add_second_factor_operations(OperationTable& table, Headquarters* headquarters);
void add_export_operations(OperationTable& table, Headquarters* headquarters);
void add_people(OperationTable& table, Headquarters* headquarters);
void add_backup_operation(OperationTable& table, Headquarters* headquarters);

}  // namespace sitelog
