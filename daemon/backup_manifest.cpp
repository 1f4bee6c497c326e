#include "daemon/backup_manifest.hpp"

#include <boost/json.hpp>

#include "sync/ledger/crypto.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {
constexpr const char* kVersionField = "sitelog_backup";
constexpr int kVersion = 1;
}  // namespace

std::string BackupManifest::to_json() const {
  json::object files;
  for (const auto& [name, hash] : hashes) files[name] = hash;
  return json::serialize(json::object{{kVersionField, kVersion},
                                      {"headquarters", headquarters},
                                      {"made_ms", made_ms},
                                      {"records", counts.records},
                                      {"entries", counts.entries},
                                      {"files", std::move(files)}}) +
         "\n";
}

std::optional<BackupManifest> BackupManifest::parse(const std::string& text) {
  try {
    const json::value in = json::parse(text);
    if (in.at(kVersionField).to_number<int>() != kVersion) return std::nullopt;
    BackupManifest out{
        .headquarters = std::string(in.at("headquarters").as_string()),
        .made_ms = in.at("made_ms").to_number<int64_t>(),
        .counts = {in.at("records").to_number<int64_t>(), in.at("entries").to_number<int64_t>()}};
    for (const auto& [name, hash] : in.at("files").as_object()) {
      out.hashes[name] = std::string(hash.as_string());
    }
    return out;
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

Result<> BackupManifest::check(const HeldFolder& folder) const {
  for (const auto& [name, hash] : hashes) {
    if (hash_of_file(folder, name) != hash) return incomplete_backup(folder.path(), name);
  }
  return Done{};
}

std::optional<std::string> hash_of_file(const HeldFolder& folder, const std::string& name) {
  const auto file = folder.open_file(name);
  if (!file) return std::nullopt;
  Hasher hasher;
  for (;;) {
    const std::string piece = file->read(kCopyPieceBytes, folder.file(name));
    hasher.add(piece);
    if (piece.size() < kCopyPieceBytes) return hasher.finish().hex();
  }
}

Refusal incomplete_backup(const std::string& backup, const std::string& file) {
  return {Reason::kFolderDamaged,
          N_("the backup {} is not complete: {} is missing or damaged in it. Nothing was restored; "
             "take another backup"),
          {backup, file}};
}

}  // namespace sitelog
