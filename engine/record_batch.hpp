#pragma once

#include "engine/engine.hpp"
#include "engine/operation.hpp"

namespace sitelog {

// Saves the records that are given line by line, as JSON or as the rows of a sheet, in the book,
// and tells what becomes of each (record.add_many). `campaign` may be empty where only one has the
// form.
OperationAnswer save_batch(Engine& engine, const OperationCall& call, const BookCode& book,
                           const std::string& campaign);

}  // namespace sitelog
