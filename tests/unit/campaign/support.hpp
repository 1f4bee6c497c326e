#pragma once

#include <string>
#include <vector>

#include "campaign/definition.hpp"
#include "campaign/units.hpp"

namespace sitelog {

std::string read_source_file(const std::string& path);  // below the repository's root

// The shipped files; a failure to parse fails the test with the problems.
Definition shipped(const std::string& id);
std::string shipped_text(const std::string& id);
std::vector<Unit> shipped_units();

// `text` with the first `what` replaced; fails the test where it isn't there.
std::string with(std::string text, const std::string& what, const std::string& instead);

std::string described(const std::vector<Refusal>& problems);
// 1-based line of the first `what`.
size_t line_with(const std::string& text, const std::string& what);

// A record as one device wrote it, every field settled.
RecordState record_of(const RecordId& id, const std::string& form,
                      const std::map<std::string, Value>& values);

}  // namespace sitelog
