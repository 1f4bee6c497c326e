#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>

#include "command/front.hpp"
#include "engine/operation_table.hpp"

namespace sitelog {

// One row for programs, in both languages: {"operation","right","writes","help":{"en","zh"},
// "arguments":[{"name","type","required","help"} and, by type, "min_bytes","max_bytes","min","max",
// "min_count","max_count","choices"],"one_of":[[name…]…]}, and as JSON Schema "input", "line" and
// "answer": what it reads, says line by line, and answers in the end.
boost::json::object operation_json(const Operation& operation);
// The same for people.
std::string operation_text(const Operation& operation, Language language);

// `sitelog operations`, `sitelogd operations`: the whole table. Needs no data folder. `as_openapi`
// makes what `--openapi` prints: what the program's door tells of the same table.
void add_operations_command(
    Front& front, std::function<std::string(const OperationTable&, Language)> as_openapi = nullptr);

}  // namespace sitelog
