#include "engine/identity.hpp"

#include <boost/json.hpp>

#include "campaign/text.hpp"
#include "engine/system.hpp"
#include "sync/ledger/limits.hpp"
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
  Owner out{.key = key,
            .authority = headquarters,
            .headquarters = headquarters_id(),
            .standing = standing};
  if (agreement_key) out.agreement_key = agreement_key->public_key();
  return out;
}

HeadquartersId Identity::headquarters_id() const {
  return sitelog::headquarters_id(headquarters, sha256(as_bytes(authority)));
}

Refusal damaged_file(const std::string& file, const std::string& folder) {
  return {Reason::kFolderDamaged,
          N_("{} in the data folder {} is missing or damaged: restore it from a backup; no new "
             "identity was made in its place"),
          {file, folder}};
}

Result<> check_name(const std::string& name) {
  if (const char* fault = fault_of(name, Lines::kOne)) {
    return Refusal{Reason::kInvalidValue, N_("the name “{}” can't be taken: {}"), {name, fault}};
  }
  if (is_blank(name) || name.size() > limits::kPersonBytesMax) {
    return Refusal{Reason::kInvalidValue,
                   N_("the name has {} bytes; it must have 1 to {}"),
                   {std::to_string(is_blank(name) ? 0 : name.size()),
                    std::to_string(limits::kPersonBytesMax)}};
  }
  return Done{};
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
    // Names and addresses may have come from a terminal of another encoding: what is not UTF-8 in
    // them is shown as such, and is no reason to lose the folder.
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    const json::value in = json::parse(*text, {}, options);
    const auto name_in = [&in](const char* member) {
      const std::string name = on_one_line(in.at(member).as_string());
      const bool fits = name.size() <= limits::kPersonBytesMax;
      return fits ? name : shortened(name, limits::kPersonBytesMax / 4 - 1);
    };
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
                 .name = name_in("name"),
                 .headquarters = *headquarters,
                 .headquarters_name = name_in("headquarters_name"),
                 .certificate = from_hex_text(in.at("certificate")),
                 .authority = from_hex_text(in.at("authority")),
                 .addresses = {}};
    for (const auto& address : in.at("addresses").as_array()) {
      if (fault_of(address.as_string(), Lines::kOne) == nullptr) {
        out.addresses.emplace_back(address.as_string());
      }
    }
    return out;
  } catch (const StoreError&) {
    throw;  // a file that can't be read
  } catch (const std::exception& error) {
    return Refusal{
        Reason::kFolderDamaged,
        N_("identity.json in the data folder {} can't be read ({}). Put back this file "
           "from a backup; where nothing was recorded here yet, move the folder away and "
           "set it up anew. The records lie in sitelog.db and are not touched"),
        {folder.path(), error.what()}};
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
