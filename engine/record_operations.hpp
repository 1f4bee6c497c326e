#pragma once

#include "engine/engine.hpp"
#include "engine/operation_table.hpp"

namespace sitelog {

// What sites and headquarters do alike. `engine` outlives the table; null: only to be described.
void add_record_operations(OperationTable& table, Engine* engine);

// Parts of it.
void add_recording_operations(OperationTable& table, Engine* engine);  // record.add, add_many
void add_writing_operations(OperationTable& table, Engine* engine);    // record.edit …
void add_reading_operations(OperationTable& table, Engine* engine);    // record.show …, verify
void add_commenting(OperationTable& table, Engine* engine);            // record.comment
void add_report_operations(OperationTable& table, Engine* engine);     // report.statistics …
void add_record_listing(OperationTable& table, Engine* engine, Shape line);  // records.list
// conflicts.list, quarantine.list
void add_conflict_listing(OperationTable& table, Engine* engine, Shape conflict);

// A campaign as campaigns.list tells it, with its banner for a unit of this name.
boost::json::object campaign_line(const Definition& definition, const std::string& unit_name);
Shape campaign_shape();

}  // namespace sitelog
