// Copies of the whole.
#include "daemon/backup_folder.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

OperationAnswer make_backup(Headquarters& headquarters, const OperationCall& call) {
  const std::string& to = call.args.text("to");
  const SealKey key{call.args.text("encrypt_to"), call.args.text("passphrase_file")};
  if (!key.key_file.empty() && !key.passphrase_file.empty()) {
    return Refusal{
        Reason::kUsage, N_("{} and {} can't be given together"), {"encrypt_to", "passphrase_file"}};
  }
  const Engine& engine = *headquarters.engine;
  const auto made = backup_folder(engine.folder(), engine.identity().name, to, key, call.io);
  if (!made) return made.refusal();
  return json::object{{"backup", to},
                      {"encrypted", key.given()},
                      {"records", made->manifest.counts.records},
                      {"others_read", made->others_read}};
}

}  // namespace

void add_backup_operation(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add(
      {.name = "backup",
       .right = Right::kMaintain,
       .help = N_("copy everything to a new folder or encrypted file, also while serving"),
       .arguments = {argument::path("to", N_("what is made: it must not be there")).needed(),
                     argument::path("encrypt_to",
                                    N_("a public key on P-256 (PEM): only who has its private "
                                       "key can read the backup")),
                     argument::path("passphrase_file",
                                    N_("a file whose first line is the passphrase that the "
                                       "backup is encrypted with"))},
       .answer = object({{"backup", text()},
                         {"encrypted", flag()},
                         {"records", integer()},
                         {"others_read", flag()}}),
       .run = run_by(headquarters, make_backup)});
}

}  // namespace sitelog
