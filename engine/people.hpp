#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "engine/operation_table.hpp"
#include "sync/store/queries.hpp"

// The people of a unit: what its own book says of them, which its devices and headquarters write.
// Nothing here knows a PIN: those are a device's own.
namespace sitelog {

// One of them. A value.
struct UnitPerson {
  std::string name = {};
  std::string role = {};  // a campaign's; may be empty
  bool leads = false;     // may have others' PINs forgotten
  bool removed = false;
  // Devices said different things of them at once; of one that was found alone it isn't known.
  bool in_conflict = false;
};

// The record of whoever is called so, or so that it looks the same (campaign/looks): two devices
// that add one name write the same record.
RecordId person_record(const std::string& name);
// Nothing where it is nobody's: its name is none, or the record not that of its name.
std::optional<UnitPerson> person_from(const RecordState& record);
std::optional<UnitPerson> find_person(const Queries& queries, const BookCode& unit,
                                      const std::string& name);
// Those who lead the unit, in the order of their ids; at most so many.
std::vector<RecordId> leaders_of(const Queries& queries, const BookCode& unit, size_t most);
// What was said last of since when somebody's PINs hold: PINs that were set while this was another
// are forgotten. Of what was said as of who said it, so that the same said again is another. Empty
// where nothing was. Takes a state as merged, which knows its heads.
std::string pins_since(const RecordState& record);

// The record of what a unit asks of who writes.
RecordId people_record();

// What a unit wants to be said of who writes at its devices: any name, the name of one of its
// people, or that with a PIN.
enum class NamesAsked { kFree, kPicked, kPin };
const char* name_of(NamesAsked asked);
NamesAsked names_asked(const Queries& queries, const BookCode& unit);

// What both programs have: people.list, people.add, people.remove, people.names.
void add_people_operations(OperationTable& table, Engine* engine);
// The unit whose people are meant: a site's own; headquarters names one in the caller's scope.
Result<BookCode> unit_of_people(Engine& engine, const OperationCall& call);
// Changes what the book says of somebody who is there; refuses where nobody is called so.
using PersonFields = std::map<std::string, Value>;
OperationAnswer change_person(Engine& engine, const OperationCall& call,
                              const PersonFields& fields);
Refusal no_such_person(const std::string& name);
Argument people_unit_argument();
Argument person_name_argument();
std::vector<Member> person_members();

}  // namespace sitelog
