#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.hpp"
#include "engine/operation.hpp"

// What lists of records are narrowed by: most of it the store finds at once, the rest is looked at
// record by record.
namespace sitelog {

// What is asked of a record that the store can't say, or only that it may be so.
struct Wanted {
  bool unexplained = false;
  bool waiting = false;
  std::optional<Refusal> no_such_word;  // told where nothing is found

  bool anything() const { return unexplained || waiting; }
  bool fits(const boost::json::object& line) const;
};

// What the arguments ask for, with the names in them resolved, inside the caller's scope.
struct AskedRecords {
  RecordFilter filter;
  Wanted wanted;
};
Result<AskedRecords> read_asked_records(Engine& engine, const OperationCall& call);

struct ListedRecord {
  RecordPlace at;
  boost::json::object line;
};
// The next page of what the filter asks for, which is told from its end on afterwards; whether
// there may be more. `all`: how many there are, at the same moment, or at most, as `end` says.
bool read_records(Engine& engine, RecordFilter& filter, const std::optional<DeviceId>& held_by,
                  std::vector<ListedRecord>& page, int64_t* all = nullptr, ListEnd* end = nullptr);

// Whether that was refused as no record can be what is asked for, with no other word in doubt.
bool asks_for_nothing(const Refusal& refusal);

// A day that was given; without a year the only such one within the campaigns.
Result<std::optional<Date>> read_day(const std::vector<const Definition*>& campaigns,
                                     const OperationCall& call, const char* name);

// The arguments, `form` among them; and what of them names records of one list apart from
// another's.
std::vector<Argument> narrowing_arguments(Argument form);
std::vector<std::string> narrowing_names();

}  // namespace sitelog
