#pragma once

#include "command/front.hpp"

namespace sitelog {

// Every command of sitelogd.
void add_headquarters_setup_commands(Front& front);  // init, serve, restore, backup, status, verify
void add_headquarters_unit_commands(Front& front);   // units, policy, campaign, rules, clock
void add_headquarters_device_commands(Front& front);  // invite, devices
void add_headquarters_record_commands(
    Front& front);                        // records, review, conflicts, decide, edit, quarantine
void add_board_command(Front& front);     // report board, beside the reports that sites have too
void add_account_commands(Front& front);  // accounts, tokens, audit
void add_headquarters_people_commands(Front& front);  // people

// The set-up link of an account, or that it can sign in.
void tell_way_in(Output& out, const boost::json::object& done);

void add_clock_commands(Front& front);
// Below `review`: the same verdict on many records.
void add_bulk_commands(Front& front, CLI::App* review);
void add_export_commands(Front& front);  // exports

// That this computer's clock is in doubt, and what to do; `tell_clock`: in a status.
std::string clock_in_doubt_text(int64_t wall_ms, int64_t said_before_ms, int64_t since_ms);
void tell_clock(Output& out, const boost::json::object& status);
// In a status: the devices that are held up, and what to do.
void tell_held_up(Output& out, const boost::json::object& status);

}  // namespace sitelog
