#pragma once

#include "campaign/label.hpp"

// What stands over columns and lines of more than one report.
namespace sitelog {

inline const Label kUnit{"单位", "Unit"};
inline const Label kTotal{"总计", "Total"};

}  // namespace sitelog
