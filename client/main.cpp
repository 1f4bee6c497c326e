#include "client/site.hpp"
#include "client/site_commands.hpp"
#include "command/operation_reference.hpp"
#include "command/process.hpp"

using namespace sitelog;

namespace {

Result<OpenFolder> open_for_one_command(const std::string& folder, int64_t wait_ms,
                                        const OnOpening& on_opening) {
  auto opened = open_site(folder, "sitelog", wait_ms, on_opening);
  if (!opened) return opened.refusal();
  std::shared_ptr<Site> site = std::move(*opened);
  return OpenFolder{site, std::make_shared<OperationTable>(site_operations(site.get())),
                    site->engine->folder().tightened()};
}

}  // namespace

int main(int argc, char** argv) {
  prepare_process();
  Front front(argc, argv, site_operations(nullptr),
              N_("Sitelog at a site: record here and now, send when there is a network"),
              "sitelog");
  front.open = open_for_one_command;
  add_site_device_commands(front);
  add_site_record_commands(front);
  add_site_people_commands(front);
  add_operations_command(front);
  return front.run();
}
