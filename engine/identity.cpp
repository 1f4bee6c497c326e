#include "engine/identity.hpp"

#include <boost/json.hpp>

#include "engine/system.hpp"
#include "sync/store/data_file.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kIdentityFile = "identity.json";
constexpr const char* kKeyFile = "device.key";
constexpr const char* kAgreementKeyFile = "agreement.key";
constexpr const char* kDataFile = "sitelog.db";

std::string from_hex_text(const json::value& value) {
  const std::string_view hex = value.as_string();
  std::string out(hex.size() / 2, '\0');
  if (!from_hex(hex, reinterpret_cast<uint8_t*>(out.data()), out.size())) out.clear();
  return out;
}

std::string hex(const std::string& bytes) {
  return to_hex(as_bytes(bytes));
}

// The agreement key kept in the folder. Where identity.json names one it must be that; where it
// names none, the folder may have none yet.
Result<std::optional<AgreementKey>> read_agreement_key(const DataFolder& folder,
                                                       const json::value& identity) {
  const json::value* named = identity.as_object().if_contains("agreement_key");
  const auto pem = folder.read(kAgreementKeyFile);
  if (!pem && named == nullptr) return std::optional<AgreementKey>();
  const Refusal damaged = damaged_file(kAgreementKeyFile, folder.path());
  if (!pem) return damaged;
  const auto key = AgreementKey::from_pem(*pem);
  if (!key || (named != nullptr && named->as_string() != key->public_key().hex())) return damaged;
  // Not named yet, where something came in between: whoever opens the folder names it.
  if (named == nullptr) return std::optional<AgreementKey>();
  return std::optional(*key);
}

Result<AgreementKey> read_or_draw_agreement_key(const DataFolder& folder) {
  if (const auto pem = folder.read(kAgreementKeyFile)) return AgreementKey::from_pem(*pem);
  AgreementKey key = AgreementKey::from_random(random_bytes<AgreementKey::Random>());
  folder.write(kAgreementKeyFile, key.to_pem());
  return key;
}

Result<SigningKey> read_or_draw_signing_key(const DataFolder& folder) {
  if (const auto pem = folder.read(kKeyFile)) return SigningKey::from_pem(*pem);
  SigningKey key = SigningKey::from_seed(random_bytes<KeySeed>());
  folder.write(kKeyFile, key.to_pem());
  return key;
}

}  // namespace

Owner Identity::owner() const {
  Owner out{.key = key, .authority = headquarters, .standing = standing};
  if (agreement_key) out.agreement_key = agreement_key->public_key();
  return out;
}

Refusal damaged_file(const std::string& file, const std::string& folder) {
  return {Reason::kFolderDamaged,
          N_("{} in the data folder {} is missing or damaged: restore it from a backup; no new "
             "identity was made in its place"),
          {file, folder}};
}

bool has_identity(const DataFolder& folder) {
  return folder.has(kIdentityFile);
}

Result<> check_unused(const DataFolder& folder) {
  if (!folder.has(kDataFile)) return Done{};
  if (has_entries(folder.database())) return damaged_file(kIdentityFile, folder.path());
  return Done{};
}

Result<DeviceKeys> keys_for_joining(const DataFolder& folder) {
  auto signing = read_or_draw_signing_key(folder);
  if (!signing) return signing.refusal();
  auto agreement = read_or_draw_agreement_key(folder);
  if (!agreement) return agreement.refusal();
  return DeviceKeys{std::move(*signing), std::move(*agreement)};
}

void add_agreement_key(const DataFolder& folder, Identity& identity) {
  auto key = read_or_draw_agreement_key(folder);
  if (!key) return;
  identity.agreement_key = std::move(*key);
  save_identity(folder, identity);
}

Result<Identity> load_identity(const DataFolder& folder) {
  const auto text = folder.read(kIdentityFile);
  if (!text) {
    if (folder.has(kDataFile)) return damaged_file(kIdentityFile, folder.path());
    return Refusal{Reason::kNotJoined, N_("the data folder {} is not set up yet"), {folder.path()}};
  }
  const auto pem = folder.read(kKeyFile);
  if (!pem) return damaged_file(kKeyFile, folder.path());
  auto key = SigningKey::from_pem(*pem);
  if (!key) return damaged_file(kKeyFile, folder.path());
  try {
    const json::value in = json::parse(*text);
    auto agreement_key = read_agreement_key(folder, in);
    if (!agreement_key) return agreement_key.refusal();
    const auto headquarters = PublicKey::parse(in.at("headquarters").as_string());
    if (!headquarters) return damaged_file(kIdentityFile, folder.path());
    const bool is_authority = in.at("role").as_string() == "headquarters";
    const BookCode unit(in.at("unit").as_string());
    if (unit.empty() != is_authority) return damaged_file(kIdentityFile, folder.path());
    Identity out{.key = *key,
                 .agreement_key = std::move(*agreement_key),
                 .standing = is_authority ? Standing::authority() : Standing::device(unit),
                 .name = std::string(in.at("name").as_string()),
                 .headquarters = *headquarters,
                 .headquarters_name = std::string(in.at("headquarters_name").as_string()),
                 .certificate = from_hex_text(in.at("certificate")),
                 .authority = from_hex_text(in.at("authority")),
                 .addresses = {}};
    for (const auto& address : in.at("addresses").as_array()) {
      out.addresses.emplace_back(address.as_string());
    }
    return out;
  } catch (const StoreError&) {
    throw;  // a file that can't be read
  } catch (const std::exception&) {
    return damaged_file(kIdentityFile, folder.path());
  }
}

void save_identity(const DataFolder& folder, const Identity& identity) {
  json::array addresses;
  for (const auto& address : identity.addresses) addresses.emplace_back(address);
  json::object out{{"role", identity.standing.is_authority() ? "headquarters" : "site"},
                   {"name", identity.name},
                   {"unit", identity.unit()},
                   {"headquarters", identity.headquarters.hex()},
                   {"headquarters_name", identity.headquarters_name},
                   {"certificate", hex(identity.certificate)},
                   {"authority", hex(identity.authority)},
                   {"addresses", std::move(addresses)}};
  if (identity.agreement_key) out["agreement_key"] = identity.agreement_key->public_key().hex();
  folder.write(kIdentityFile, json::serialize(out) + "\n");
}

}  // namespace sitelog
