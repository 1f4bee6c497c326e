#pragma once

#include "command/front.hpp"
#include "command/presentation.hpp"

namespace sitelog {

// Commands that sites and headquarters have alike. `program` is for the examples.

// `sitelog list`, `sitelogd records list`
void add_list_command(Front& front, CLI::App* parent, const std::string& example, bool with_unit);
void add_show_command(Front& front, CLI::App* parent, const std::string& example);
// `sitelog conflicts`, `sitelogd conflicts list`: below `parent`, called `name`.
void add_conflicts_command(Front& front, CLI::App* parent, const std::string& name,
                           const std::string& example, bool with_unit);
void add_decide_command(Front& front, const std::string& example);
void add_edit_command(Front& front, const std::string& example);
void add_comment_command(Front& front, const std::string& example);
// Takes one's own last change back, or the one that is named.
void add_undo_command(Front& front, const std::string& example);
// `with_all`: also all that are to be sent, in one go.
void add_send_command(Front& front, const std::string& example, bool with_all);
void add_void_command(Front& front, const std::string& example);
void add_quarantine_command(Front& front, const std::string& example);
void add_verify_command(Front& front);
void add_report_commands(Front& front, bool with_unit);  // report statistics, report progress

// The names of fields and choices, asked of the folder's owner.
Labels labels_of(Front& front, Output& out);
// Those of a record's form, as far as they are known.
FormLabels labels_of_record(Front& front, Output& out, const std::string& record);
// Asks for a write and tells what was saved, or, where the record is not what was seen any more,
// what has changed. `unchanged`: what is said of the record where it was so already.
int call_and_tell_saved(Front& front, Output& out, const OperationOptions& options,
                        const std::string& operation, boost::json::object args,
                        const char* unchanged = nullptr);
// What a write that changed something says to people: that the record is saved, or what else `done`
// says of it.
void tell_saved(Front& front, Output& out, const boost::json::object& outcome,
                const char* done = N_("Saved: {}"));
// The command asks for a write with what its options are given, and tells what was saved.
void act_and_tell_saved(Front& front, CLI::App* command, std::shared_ptr<OperationOptions> options);

}  // namespace sitelog
