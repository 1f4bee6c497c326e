#pragma once

#include "engine/engine.hpp"
#include "engine/operation_table.hpp"

namespace sitelog {

// What sites and headquarters do alike. `engine` outlives the table; null: only to be described.
void add_record_operations(OperationTable& table, Engine* engine);

// Parts of it.
void add_recording_operations(OperationTable& table, Engine* engine);  // record.add, add_many
void add_writing_operations(OperationTable& table, Engine* engine);    // record.edit …
void add_reading_operations(OperationTable& table, Engine* engine);    // records.list …, verify

}  // namespace sitelog
