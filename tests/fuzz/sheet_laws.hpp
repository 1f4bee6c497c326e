#pragma once

#include "sheets/sheet.hpp"
#include "tests/fuzz/target.hpp"

namespace sitelog::fuzz {

// What holds for every sheet that was read, of `input_bytes`: rows ascend and have something in
// them, texts are UTF-8, and a form finds its columns and reads its rows, or says why not.
void check_sheet(const Sheet& sheet, size_t input_bytes);

}  // namespace sitelog::fuzz
