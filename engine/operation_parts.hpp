#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/authoring.hpp"
#include "engine/engine.hpp"
#include "engine/operation.hpp"

// What operations over records have alike, at sites and at headquarters.
namespace sitelog {

// Who writes: the caller, or, where the owner of the folder asks, whom "person" names.
Author author_of(const OperationCall& call, const Engine& engine);

// What became of a write: a refusal with all problems by field, or, as `saved_shape` says, what
// was saved.
OperationAnswer answer_of(const Result<Saved>& saved);
boost::json::object saved_json(const Saved& saved);
boost::json::array problems_json(const std::vector<FieldProblem>& problems);

// A file that was not taken: all that is wrong with it.
DetailedRefusal refused_file(const std::vector<Refusal>& problems);

// The record that the argument "record" names. What lies outside the caller's scope is refused as
// if it were not there. For work that is on the store's thread.
Result<FoundRecord> find_record(Store& store, const CampaignCatalogue& catalogue,
                                const OperationCall& call);
// The same beside all writing.
Result<FoundRecord> find_record(Engine& engine, const Queries& queries, const Caller& caller,
                                const std::string& id_part);
// Runs `change(Store&, catalogue, FoundRecord)` on the record that "record" names.
OperationAnswer change_record(Engine& engine, const OperationCall& call,
                              const std::function<Result<Saved>(Store&, const CampaignCatalogue&,
                                                                const FoundRecord&)>& change);

// The units to tell of: those of the caller's scope and, where "unit" names one, only that and what
// is below it. Empty: no restriction. Refuses kUnknownUnit, and kNotPermitted where nothing is
// left.
Result<std::vector<BookCode>> units_asked(Engine& engine, const OperationCall& call);

// The code of the unit that the argument "unit" names, by its code or its name; empty where it
// names none. Refuses kUnknownUnit, and a name that several have.
Result<BookCode> unit_named(const CampaignCatalogue& catalogue, const OperationCall& call);

// What is told (kNotPermitted) of a unit, or the common book, outside the caller's scope.
Refusal not_yours(const BookCode& unit);

// The device whose acknowledgement makes an entry of this folder "held"; nothing at headquarters.
std::optional<DeviceId> held_by(const Engine& engine);

// Arguments and answers that several rows have.
Argument record_argument();
Argument person_argument(const char* help);
Argument only_unit_argument();
Shape saved_shape();
std::vector<Member> saved_members();
Shape problem_shape();

}  // namespace sitelog
