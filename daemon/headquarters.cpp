#include "daemon/headquarters.hpp"

#include <set>

#include "campaign/text.hpp"
#include "daemon/backup_folder.hpp"
#include "daemon/selections.hpp"
#include "engine/accounts/staff_books.hpp"
#include "engine/call_auditor.hpp"
#include "engine/known_units.hpp"
#include "engine/record_operations.hpp"
#include "engine/unit_names.hpp"
#include "sync/store/limits.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {
constexpr const char* kAuthorityKeyFile = "authority.key";

// What others think of first who guess a password.
std::vector<std::string> words_about(Engine& engine, const Account& account) {
  std::vector<std::string> out{"sitelog", engine.identity().headquarters_name};
  engine.read([&](const Queries& queries) {
    const KnownUnits units(engine, queries);
    for (const RoleGrant& grant : account.roles) {
      if (grant.unit.empty()) continue;
      out.push_back(grant.unit);
      out.push_back(units.name(grant.unit));
    }
    return Done{};
  });
  return out;
}

// Who records or judges by an account leaves the last of the disk to what headquarters itself does,
// as devices do.
void keep_reserve(OperationTable& table, Engine& engine) {
  table.wrap([&engine](const Operation& row, Operation::Run run) -> Operation::Run {
    const bool fills =
        row.right == Right::kRecord || row.right == Right::kReview || row.right == Right::kComment;
    if (!row.writes || !fills) return run;
    return [&engine, run = std::move(run)](const OperationCall& call) -> OperationAnswer {
      const auto space = engine.folder().folder().space();
      const bool reached = space && space->free < limits::disk_reserve(space->total);
      if (reached && call.caller.known_by != KnownBy::kFolder) {
        return Refusal{Reason::kNoRoom,
                       N_("headquarters' disk is nearly full: nothing of this was saved; tell "
                          "headquarters to make room, and try again"),
                       {}};
      }
      return run(call);
    };
  });
}

}  // namespace

Result<Authority> load_authority(const DataFolder& folder, const Identity& identity) {
  const auto key = folder.read(kAuthorityKeyFile);
  if (!key) return damaged_file(kAuthorityKeyFile, folder.path());
  const auto certificate = Certificate::parse(identity.certificate);
  const auto peer = certificate ? peer_of(*certificate) : certificate.refusal();
  if (!peer || !peer->standing.is_authority() || peer->device != identity.device()) {
    return damaged_file("device.key, identity.json", folder.path());
  }
  return Authority::load(identity.authority, *key);
}

Result<std::unique_ptr<Headquarters>> open_headquarters(const std::string& folder,
                                                        const std::string& purpose, int64_t wait_ms,
                                                        const OnOpening& on_opening) {
  auto engine = Engine::open(folder, purpose, wait_ms, on_opening);
  if (!engine) return engine.refusal();
  const Identity& identity = (*engine)->identity();
  if (!identity.standing.is_authority()) {
    return Refusal{
        Reason::kUsage, N_("{} is a site's data folder, not headquarters': use sitelog"), {folder}};
  }
  auto authority = load_authority((*engine)->folder(), identity);
  if (!authority) return authority.refusal();
  clear_backup_leftovers((*engine)->folder());
  if (!(*engine)->folder().read_only()) {
    // One that has laid down nothing yet begins with the newest rules.
    const auto begun = (*engine)->call([&](Store& store, const CampaignCatalogue&) -> Result<> {
      if (!store.vector(BookCode(kRootBook)).empty()) return Done{};
      return write_rules(store, known_rules().newest(), {identity.name, read_clock(), today()});
    });
    if (!begun) return begun.refusal();
  }
  auto staff = StaffBooks::open(**engine);
  if (!staff) return staff.refusal();
  auto accounts = Accounts::open((*engine)->folder(), *std::move(staff));
  if (!accounts) return accounts.refusal();
  auto out =
      std::make_unique<Headquarters>(Headquarters{std::move(*engine), std::move(*authority)});
  out->accounts = *std::move(accounts);
  out->accounts->words_about = [engine = out->engine.get()](const Account& account) {
    return words_about(*engine, account);
  };
  out->roles = std::make_unique<RolesKnown>(*out->engine);
  out->asked = std::make_unique<AskedOnce>(*out->engine);
  out->selections = std::make_shared<Selections>();
  return out;
}

Result<> create_headquarters(const std::string& path, const std::string& name) {
  // What headquarters writes is under this name, where nobody says another.
  if (const auto fit = check_name(name); !fit) return fit.refusal();
  auto folder = DataFolder::create(path, "sitelogd init");
  if (!folder) return folder.refusal();
  if (has_identity(*folder)) {
    return Refusal{Reason::kFolderExists,
                   N_("the data folder {} is set up already: nothing was changed"),
                   {path}};
  }
  if (const auto unused = check_unused(*folder); !unused) return unused.refusal();
  const auto keys = keys_for_joining(*folder);
  if (!keys) return keys.refusal();
  const Authority authority = Authority::create();
  const Certificate certificate = authority.issue_headquarters(keys->signing.public_key());
  folder->write(kAuthorityKeyFile, authority.key().to_pem());
  const Identity identity{.key = keys->signing,
                          .agreement_key = keys->agreement,
                          .standing = Standing::authority(),
                          .name = name,
                          .headquarters = keys->signing.public_key(),
                          .headquarters_name = name,
                          .certificate = certificate.der(),
                          .authority = authority.certificate().der(),
                          .addresses = {}};
  // The store before the identity: a folder with an identity is complete.
  CampaignCatalogue catalogue;
  folder->prepare_database();
  auto store = Store::open(folder->database(), identity.owner(), catalogue, random_number);
  if (!store) return store.refusal();
  (*store)->transact([&] {
    (*store)->take_on({BookCode(kRootBook)});
    return Done{};
  });
  save_identity(*folder, identity);
  return Done{};
}

OperationTable headquarters_operations(Headquarters* headquarters) {
  OperationTable out("sitelogd");
  add_record_operations(out, headquarters != nullptr ? headquarters->engine.get() : nullptr);
  add_unit_operations(out, headquarters);
  add_unit_changes(out, headquarters);
  add_policy_operations(out, headquarters);
  add_status_operation(out, headquarters);
  add_campaign_operations(out, headquarters);
  add_device_operations(out, headquarters);
  add_review_operations(out, headquarters);
  add_board_operation(out, headquarters);
  add_rules_operations(out, headquarters);
  add_clock_operations(out, headquarters);
  add_account_operations(out, headquarters);
  add_second_factor_operations(out, headquarters);
  add_export_operations(out, headquarters);
  add_people(out, headquarters);
  add_backup_operation(out, headquarters);
  if (headquarters != nullptr) {
    keep_reserve(out, *headquarters->engine);
    tell_names_of_units(out, *headquarters->engine);
    std::set<std::string> names;
    for (const auto& [name, row] : out.rows()) names.insert(name);
    const auto auditor =
        std::make_shared<CallAuditor>(*headquarters->engine, headquarters->accounts->audit());
    out.on_called([auditor](const Caller& caller, const Operation& operation,
                            const json::object& args, const OperationAnswer* answer) {
      auditor->note(caller, operation, args, answer);
    });
    headquarters->knows_operation = [names](const std::string& name) {
      return names.contains(name);
    };
  }
  return out;
}

}  // namespace sitelog
