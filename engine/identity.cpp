#include "engine/identity.hpp"

#include <boost/json.hpp>

#include "engine/system.hpp"
#include "sync/store/data_file.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

constexpr const char* kIdentityFile = "identity.json";
constexpr const char* kKeyFile = "device.key";
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

}  // namespace

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

Result<SigningKey> key_for_joining(const DataFolder& folder) {
  if (const auto pem = folder.read(kKeyFile)) return SigningKey::from_pem(*pem);
  SigningKey key = SigningKey::from_seed(random_bytes<KeySeed>());
  folder.write(kKeyFile, key.to_pem(), 0600);
  return key;
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
    Identity out{*key, false, {}, {}, {}, {}, {}, {}, {}};
    out.is_headquarters = in.at("role").as_string() == "headquarters";
    out.name = std::string(in.at("name").as_string());
    out.unit = std::string(in.at("unit").as_string());
    const auto headquarters = PublicKey::parse(in.at("headquarters").as_string());
    if (!headquarters || out.unit.empty() != out.is_headquarters) {
      return damaged_file(kIdentityFile, folder.path());
    }
    out.headquarters = *headquarters;
    out.headquarters_name = std::string(in.at("headquarters_name").as_string());
    out.certificate = from_hex_text(in.at("certificate"));
    out.authority = from_hex_text(in.at("authority"));
    for (const auto& address : in.at("addresses").as_array()) {
      out.addresses.emplace_back(address.as_string());
    }
    return out;
  } catch (const std::exception&) {
    return damaged_file(kIdentityFile, folder.path());
  }
}

void save_identity(const DataFolder& folder, const Identity& identity) {
  json::array addresses;
  for (const auto& address : identity.addresses) addresses.emplace_back(address);
  const json::object out{{"role", identity.is_headquarters ? "headquarters" : "site"},
                         {"name", identity.name},
                         {"unit", identity.unit},
                         {"headquarters", identity.headquarters.hex()},
                         {"headquarters_name", identity.headquarters_name},
                         {"certificate", hex(identity.certificate)},
                         {"authority", hex(identity.authority)},
                         {"addresses", std::move(addresses)}};
  folder.write(kIdentityFile, json::serialize(out) + "\n", 0600);
}

}  // namespace sitelog
