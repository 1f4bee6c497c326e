#pragma once

#include "engine/engine.hpp"
#include "engine/operation_table.hpp"

namespace sitelog {

// Rows whose lines or answers may have `unit_name` beside `unit`, or in a list of such, tell it
// with the names that units have, where that is another than the code. People read names; programs
// go by codes. Put round all rows of a table, at its end.
void tell_names_of_units(OperationTable& table, Engine& engine);

}  // namespace sitelog
