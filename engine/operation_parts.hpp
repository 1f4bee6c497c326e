#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/authoring.hpp"
#include "engine/change_as_seen.hpp"
#include "engine/engine.hpp"
#include "engine/known_units.hpp"
#include "engine/operation.hpp"
#include "engine/record_names.hpp"
#include "engine/seen.hpp"

// What operations over records have alike, at sites and at headquarters.
namespace sitelog {

// Who asks, as an entry names them: for operations without the argument "person".
Person person_asking(const OperationCall& call, const Engine& engine);
// Who writes: the caller, or, where the owner of the folder asks, whom "person" names.
Author author_of(const OperationCall& call, const Engine& engine);

// Who writes in a unit's book: by the roles that they have there. A value.
class Speaker {
 public:
  Speaker(Engine& engine, const OperationCall& call);
  Author at(const BookCode& unit) const;

 private:
  Author author_;
  Caller caller_;
  std::shared_ptr<const UnitTree> units_;  // null: no roles, or those of whoever is at the device
};

// Fields as they were given.
RawInput raw_input(const boost::json::object& fields);

// What became of a write: a refusal with all problems by field, or, as `saved_shape` says, what
// was saved.
OperationAnswer answer_of(const Result<Saved>& saved);
boost::json::object saved_json(const Saved& saved);
boost::json::array problems_json(const std::vector<FieldProblem>& problems);

// A file that was not taken: all that is wrong with it.
DetailedRefusal refused_file(const std::vector<Refusal>& problems);

// What is told of a change that stations have to be sent; nothing where they need not be. `code`:
// of what the record is now; empty where whoever changed it was not shown that.
std::optional<Refusal> to_be_sent_again(const Engine& engine, const Saved& saved,
                                        const std::string& code);

// Whether a record that was `before`, when somebody looked at it, says by now just what they were
// going to have it say.
using DoneAlready = std::function<bool(const CampaignCatalogue& catalogue, const RecordView& before,
                                       const RecordView& now)>;

// Changes the record that "record" names as it was "seen" (change_as_seen), in one transaction.
// Where it is not that any more, what has changed is told (kChanged), or, where `done_already` says
// so, that nothing is left to do. The answer has the code of what the record is now, where "seen"
// was given.
OperationAnswer change_record(Engine& engine, const OperationCall& call, const RecordChange& change,
                              const DoneAlready& done_already = {});
// What is told of such a change.
OperationAnswer outcome_of(const SeenCodes& codes, const FoundRecord& found,
                           const std::optional<std::string>& given, const ChangedAsSeen& done);
// A line with "seen" says its code too.
void add_code(const SeenCodes& codes, boost::json::object& line);

// The units to tell of as a whole: those of the caller's scope and, where "unit" names one, only
// that and what is below it. Empty: no restriction. Refuses kUnknownUnit, also where nothing is
// left of it, and kNotPermitted where the caller has no unit at all, or some campaigns' records
// there alone.
Result<std::vector<BookCode>> units_asked(Engine& engine, const OperationCall& call);
// The records to tell of, likewise: those of some campaigns only, where the caller's roles hold for
// these. `alone`: of the unit itself, not of those below it.
Result<Within> records_asked(Engine& engine, const OperationCall& call, bool alone = false);

// The code of the unit that the argument "unit" names, by its code or its name; empty where it
// names none. Refuses kUnknownUnit, and a name that several have.
Result<BookCode> unit_named(const KnownUnits& units, const OperationCall& call);

// What is told where something new is to begin in a unit that was removed.
bool is_removed(const KnownUnits& units, const BookCode& unit);
Refusal removed_unit(const std::string& name);

// Why headquarters voided a record of the common book, shortened; empty where it is not void.
std::string why_void(const Queries& queries, const RecordId& record, std::string_view form);

// What is told (kNotPermitted) of the common book where the caller's scope is not everything.
Refusal not_yours(const BookCode& unit);
// What is told of a unit outside the caller's scope: as if there were none (kUnknownUnit). The
// argument "unit" names it.
Refusal unknown_unit(const OperationCall& call);
// Likewise; where it names none, that the caller has no unit at all (kNotPermitted).
Refusal nothing_told(const OperationCall& call);

// The device whose acknowledgement makes an entry of this folder "held"; nothing at headquarters.
std::optional<DeviceId> held_by(const Engine& engine);

// Arguments and answers that several rows have.
Argument record_argument();
Argument seen_argument();
Argument person_argument(const char* help);
Argument only_unit_argument();
Shape saved_shape();
std::vector<Member> saved_members();
Shape problem_shape();

}  // namespace sitelog
