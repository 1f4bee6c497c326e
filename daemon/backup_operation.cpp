// Copies of the whole.
#include "daemon/backup_folder.hpp"
#include "daemon/headquarters.hpp"
#include "engine/operation_parts.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

OperationAnswer make_backup(Headquarters& headquarters, const OperationCall& call) {
  const std::string& to = call.args.text("to");
  if (auto done = backup_folder(headquarters.engine->folder(), to, call.io); !done) {
    return done.refusal();
  }
  return json::object{{"backup", to}};
}

}  // namespace

void add_backup_operation(OperationTable& table, Headquarters* headquarters) {
  using namespace shape;
  table.add({.name = "backup",
             .right = Right::kMaintain,
             .help = N_("copy everything to a new folder, also while serving"),
             .arguments = {argument::path("to", N_("the new folder")).needed()},
             .answer = object({{"backup", text()}}),
             .run = run_by(headquarters, make_backup)});
}

}  // namespace sitelog
