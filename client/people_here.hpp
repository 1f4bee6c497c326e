#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/pins.hpp"
#include "engine/engine.hpp"
#include "engine/operation_table.hpp"

namespace sitelog {

// Who is at this device: in whose name its entries are written, and how they were known. Any
// thread but the store's.
class PeopleHere {
 public:
  // Refuses kFolderDamaged. `engine` outlives it.
  static Result<std::unique_ptr<PeopleHere>> open(Engine& engine);

  // In whose name a call writes that may name a "person"; nothing where any name will do, and
  // the call's own is meant. Refuses, by that field, whom the unit or their PIN doesn't let.
  Answer<std::optional<Person>> speaker(const OperationCall& call);
  // Who is here, for what is done whoever is; nothing where that isn't known.
  std::optional<Person> known_speaker();
  // Why whoever is here may not say who the unit's people are: it wants PINs, some are set at this
  // device, and they showed none.
  std::optional<Refusal> refuse_without_pin(const std::optional<Person>& speaker);
  // Why they may not do just that to who is there: it takes somebody who leads the unit, by their
  // PIN. Nothing as long as nobody leads it, or, where it wants no PIN, none of those has one here.
  std::optional<Refusal> refuse_without_leader(const std::string& operation,
                                               const OperationCall& call,
                                               const std::optional<Person>& speaker);

  // people.here, people.set_pin, people.remove_pin, people.forget_pin
  OperationAnswer come(const OperationCall& call);
  OperationAnswer set_pin(const OperationCall& call);
  OperationAnswer remove_pin(const OperationCall& call);
  OperationAnswer forget_pin(const OperationCall& call);
  // Of a status: who is here, and what the unit asks of names.
  void tell(const Queries& queries, boost::json::object& status) const;

 private:
  struct Found;
  explicit PeopleHere(Engine& engine) : engine_(engine) {}
  std::optional<Found> find(const std::string& name);
  std::map<RecordId, std::string> since_of(const std::vector<RecordId>& people);
  bool is_guarded();
  Result<Found> named(const OperationCall& call, const char* argument);
  Result<> check_pin(const Found& found, const OperationCall& call);
  Result<Person> as_here(const Found& found, const std::optional<Pins::Here>& here);

  Engine& engine_;
  std::unique_ptr<Pins> pins_;
};

// Puts the rows into the table, and has every row that names a person written in the name of who
// is here. `people` outlives the table; null: only to be described.
void add_people_here(OperationTable& table, PeopleHere* people);
// What a status says of it.
std::vector<Member> here_members();

}  // namespace sitelog
