#pragma once

#include "command/front.hpp"

namespace sitelog {

// `people list|add|remove|names`, which sites and headquarters have alike; the group, for what only
// one of them has. With `with_unit` each names the unit.
CLI::App* add_people_commands(Front& front, const std::string& program, bool with_unit);

}  // namespace sitelog
