#pragma once

#include "command/front.hpp"

namespace sitelog {

// units import, list, add, change, remove.
void add_unit_commands(Front& front);

}  // namespace sitelog
