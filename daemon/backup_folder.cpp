#include "daemon/backup_folder.hpp"

#include "engine/identity.hpp"
#include "sync/store/data_file.hpp"

namespace sitelog {

namespace {

constexpr const char* kKeyFiles[] = {"device.key", "agreement.key", "authority.key"};
constexpr const char* kIdentityFile = "identity.json";
constexpr const char* kRestoring = "restoring";  // a file in a folder whose restore is under way

void copy_pages(const std::string& from, const std::string& to, OperationIo& io) {
  copy_database(from, to, [&](int64_t done, int64_t pages) {
    io.progress({{"done", done}, {"pages", pages}});
  });
}

// The identity comes last: a folder that has one is complete.
void copy_into(const DataFolder& source, const DataFolder& target, OperationIo& io) {
  copy_pages(source.database(), target.database(), io);
  for (const char* name : kKeyFiles) {
    if (const auto content = source.read(name)) target.write(name, *content, 0600);
  }
  forget_epochs(target.database());
  target.remove(kRestoring);
  target.write(kIdentityFile, source.read(kIdentityFile).value_or(""), 0600);
}

}  // namespace

Result<> backup_folder(const DataFolder& folder, const std::string& to, OperationIo& io) {
  auto target = DataFolder::create(to, "sitelogd backup");
  if (!target) return target.refusal();
  if (has_identity(*target)) {
    return Refusal{
        Reason::kFolderExists,
        N_("there is a backup or a data folder at {}: nothing was changed; name a new one"),
        {to}};
  }
  copy_into(folder, *target, io);
  return Done{};
}

Result<> restore_folder(const std::string& backup, const std::string& to, OperationIo& io) {
  auto source = DataFolder::open(backup, "sitelogd restore");
  if (!source) return source.refusal();
  if (auto identity = load_identity(*source); !identity) return identity.refusal();
  auto target = DataFolder::create(to, "sitelogd restore");
  if (!target) return target.refusal();
  // What a restore that was killed has left is begun again; another folder without an identity can
  // be one that lost it, and newer than the backup.
  if (has_identity(*target) || (target->has("sitelog.db") && !target->has(kRestoring))) {
    return Refusal{Reason::kFolderExists,
                   N_("the data folder {} is set up already: nothing was changed"),
                   {to}};
  }
  target->write(kRestoring, backup, 0600);
  copy_into(*source, *target, io);
  return Done{};
}

}  // namespace sitelog
