#pragma once

#include "command/front.hpp"

namespace sitelog {

// Every command of sitelog.
void add_site_device_commands(Front& front);  // join, sync, agent, status, verify
void add_site_record_commands(Front& front);  // record, edit, void, list, show, conflicts, decide …

}  // namespace sitelog
