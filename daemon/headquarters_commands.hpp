#pragma once

#include "command/front.hpp"

namespace sitelog {

// Every command of sitelogd.
void add_headquarters_setup_commands(Front& front);  // init, serve, restore, backup, status, verify
void add_headquarters_unit_commands(Front& front);   // units, policy, campaign, rules
void add_headquarters_device_commands(Front& front);  // invite, devices
void add_headquarters_record_commands(
    Front& front);  // records, review, conflicts, decide, edit, quarantine

// In a status: the devices that are held up, and what to do.
void tell_held_up(Output& out, const boost::json::object& status);

}  // namespace sitelog
