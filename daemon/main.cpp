#include <malloc.h>

#include "command/common_commands.hpp"
#include "command/operation_reference.hpp"
#include "command/process.hpp"
#include "daemon/headquarters.hpp"
#include "daemon/headquarters_commands.hpp"
#include "http/operation_routes.hpp"

using namespace sitelog;

namespace {

Result<OpenFolder> open_for_one_command(const std::string& folder, int64_t wait_ms,
                                        const OnOpening& on_opening) {
  auto opened = open_headquarters(folder, "sitelogd", wait_ms, on_opening);
  if (!opened) return opened.refusal();
  std::shared_ptr<Headquarters> headquarters = std::move(*opened);
  return OpenFolder{headquarters,
                    std::make_shared<OperationTable>(headquarters_operations(headquarters.get())),
                    headquarters->engine->folder().tightened()};
}

// Large pieces go back to the system once they are free, and threads share what is kept: else a
// burst of long answers stays in memory for good (mallopt(3)).
void keep_little_memory() {
  constexpr int kArenas = 4;
  constexpr int kLargeBytes = 256 * 1024;
  ::mallopt(M_ARENA_MAX, kArenas);
  ::mallopt(M_MMAP_THRESHOLD, kLargeBytes);
}

}  // namespace

int main(int argc, char** argv) {
  prepare_process();
  keep_little_memory();
  Front front(argc, argv, headquarters_operations(nullptr),
              N_("Sitelog headquarters: gathers what sites record, and reviews it"), "sitelogd");
  front.open = open_for_one_command;
  add_headquarters_setup_commands(front);
  add_headquarters_unit_commands(front);
  add_headquarters_device_commands(front);
  add_headquarters_record_commands(front);
  add_account_commands(front);
  add_headquarters_people_commands(front);
  add_report_commands(front, true);
  add_board_command(front);
  add_operations_command(front, openapi_text);
  return front.run();
}
