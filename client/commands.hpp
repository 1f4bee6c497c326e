#pragma once

#include "engine/front.hpp"

namespace sitelog {

// Every command of sitelog.
void add_device_commands(Front& front);  // join, sync, agent, status, verify
void add_record_commands(Front& front);  // record, edit, void, list, show, conflicts, decide …

}  // namespace sitelog
