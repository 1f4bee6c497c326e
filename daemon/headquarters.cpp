#include "daemon/headquarters.hpp"

#include "engine/record_operations.hpp"

namespace sitelog {

namespace {
constexpr const char* kAuthorityKeyFile = "authority.key";
}

Result<std::unique_ptr<Headquarters>> open_headquarters(const std::string& folder,
                                                        const std::string& purpose,
                                                        int64_t wait_ms) {
  auto engine = Engine::open(folder, purpose, wait_ms);
  if (!engine) return engine.refusal();
  const Identity& identity = (*engine)->identity();
  if (!identity.standing.is_authority()) {
    return Refusal{
        Reason::kUsage, N_("{} is a site's data folder, not headquarters': use sitelog"), {folder}};
  }
  const auto key = (*engine)->folder().read(kAuthorityKeyFile);
  if (!key) {
    return Refusal{
        Reason::kFolderDamaged,
        N_("{} in the data folder {} is missing or damaged: restore it from a backup; no "
           "new identity was made in its place"),
        {kAuthorityKeyFile, folder}};
  }
  const auto certificate = Certificate::parse(identity.certificate);
  const auto peer = certificate ? peer_of(*certificate) : certificate.refusal();
  if (!peer || !peer->standing.is_authority() || peer->device != identity.device()) {
    return damaged_file("device.key, identity.json", folder);
  }
  auto authority = Authority::load(identity.authority, *key);
  if (!authority) return authority.refusal();
  return std::make_unique<Headquarters>(Headquarters{std::move(*engine), std::move(*authority)});
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
  folder->write(kAuthorityKeyFile, authority.key().to_pem(), 0600);
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
  add_campaign_operations(out, headquarters);
  add_device_operations(out, headquarters);
  add_review_operations(out, headquarters);
  add_backup_operation(out, headquarters);
  return out;
}

}  // namespace sitelog
