#pragma once

#include <string>
#include <string_view>

#include "engine/engine.hpp"
#include "engine/operation.hpp"

// How a record is named: by the last digits of its id, as lists show it, by the whole id, or, where
// several records answer to that, as UNIT/FORM/ID. Ids are drawn by devices, and nothing keeps one
// from drawing another's: only unit, form and id together are one record's.
namespace sitelog {

struct RecordName {
  BookCode unit;     // empty: any
  std::string form;  // empty: any
  std::string id;
};
// A unit has no "/" in its code, an id none either; a form may.
RecordName parse_record_name(std::string_view text);
// UNIT/FORM/ID. Nothing where the form is such that it can't be typed as one word.
std::optional<std::string> written_name(const FoundRecord& record);

// The one record of this name that lies in the caller's scope; what lies outside is refused as if
// it were not there. Refuses kUnknownRecord; where several are meant each is told, with what names
// it alone. Any thread but the store's.
Answer<FoundRecord> find_record(Engine& engine, const Queries& queries, const Caller& caller,
                                const std::string& name);

}  // namespace sitelog
