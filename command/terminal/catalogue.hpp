#pragma once

#include <string_view>

namespace sitelog {

// The Chinese catalogue as msgfmt compiles it (GNU MO), part of the program.
std::string_view chinese_catalogue();

}  // namespace sitelog
