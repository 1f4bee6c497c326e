#pragma once

#include <toml++/toml.h>

#include "campaign/definition.hpp"
#include "campaign/problems.hpp"

namespace sitelog {

// What a definition that a person is about to publish must not be, though it can be read: too large
// to be published or counted, ambiguous, or silent on whether a thing took place. Campaigns that
// are published are read without this. Internal to campaign/.
void check_definition(const toml::table& root, std::string_view text, const Definition& definition,
                      ProblemList& problems);

}  // namespace sitelog
