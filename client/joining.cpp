#include "client/joining.hpp"

#include "campaign/campaign_catalogue.hpp"
#include "client/site.hpp"
#include "engine/identity.hpp"
#include "engine/system.hpp"
#include "sync/link/address.hpp"
#include "sync/link/sync_connector.hpp"

namespace sitelog {

Result<> join(const std::string& path, const Invitation& invitation,
              const std::string& headquarters, const std::string& device_name) {
  if (const auto fit = check_name(device_name); !fit) return fit.refusal();
  auto folder = DataFolder::create(path, "sitelog join");
  if (!folder) return folder.refusal();
  if (has_identity(*folder)) {
    return Refusal{Reason::kFolderExists,
                   N_("this device has joined already (data folder {}): nothing was changed"),
                   {path}};
  }
  if (const auto unused = check_unused(*folder); !unused) return unused.refusal();
  const auto keys = keys_for_joining(*folder);
  if (!keys) return keys.refusal();
  const NewDevice device{keys->signing, keys->agreement.public_key(), device_name};
  std::vector<std::string> addresses = invitation.addresses;
  if (!headquarters.empty()) {
    std::erase(addresses, headquarters);
    addresses.insert(addresses.begin(), headquarters);
  }
  Result<JoinReply> reply =
      Refusal{Reason::kUsage, N_("say where headquarters is: --headquarters HOST:PORT"), {}};
  for (const std::string& address : addresses) {
    reply = join_headquarters(address, invitation.code, device);
    if (reply || !says_nothing_of_others(reply.refusal())) break;
  }
  if (!reply) return reply.refusal();
  std::erase_if(addresses, [](const std::string& address) { return !HostPort::parse(address); });
  const Identity identity{.key = keys->signing,
                          .agreement_key = keys->agreement,
                          .standing = Standing::device(reply->unit),
                          .name = device_name,
                          .headquarters = reply->headquarters,
                          .headquarters_name = reply->headquarters_name,
                          .certificate = reply->certificate,
                          .authority = reply->authority,
                          .addresses = addresses};
  CampaignCatalogue catalogue;
  auto store = Store::open(folder->database(), identity.owner(), catalogue, random_number);
  if (!store) return store.refusal();
  (*store)->transact([&] {
    (*store)->take_on({BookCode(kRootBook), identity.unit()});
    return Done{};
  });
  save_identity(*folder, identity);
  return Done{};
}

}  // namespace sitelog
