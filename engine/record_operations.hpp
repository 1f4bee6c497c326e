#pragma once

#include "engine/authoring.hpp"
#include "engine/engine.hpp"
#include "engine/operations.hpp"

namespace sitelog {

// Of one line given to record.add_many; a longer one is given without its text, as "too_long".
inline constexpr size_t kBatchLineBytesMax = 1024 * 1024;

// What sites and headquarters do alike with records: record.add, record.add_many, record.edit,
// record.void, records.list, record.show, conflicts.list, conflict.decide, quarantine.list,
// campaigns.list, verify. `engine` outlives the operations.
void add_record_operations(Operations& operations, Engine& engine);

Author author_of(const boost::json::object& args, const Engine& engine);
// The result of a write as a line; problems become a refusal, told one by one by `io` before.
Result<boost::json::object> outcome_of(const Result<Saved>& saved, OperationIo& io);
// Runs `write(Store&, catalogue, FoundRecord)` on the record that args name.
Result<boost::json::object> change_record(
    Engine& engine, const boost::json::object& args, OperationIo& io,
    const std::function<Result<Saved>(Store&, const CampaignCatalogue&, const FoundRecord&)>&
        change);
// The units that args name by "unit", with all below them; empty: no restriction. Refuses
// kUnknownUnit.
Result<std::vector<BookCode>> units_arg(Engine& engine, const boost::json::object& args);
boost::json::object to_json(const FieldProblem& problem);
boost::json::object to_json(const Refusal& refusal);

}  // namespace sitelog
