#pragma once

#include "command/front.hpp"

namespace sitelog {

// Every command of sitelog.
void add_site_device_commands(Front& front);  // join, sync, agent, status, verify
void add_site_people_commands(Front& front);  // people
void add_record_command(Front& front);        // record, of one event or a file of them
void add_site_record_commands(Front& front);  // that, edit, void, list, show, conflicts, decide …

}  // namespace sitelog
