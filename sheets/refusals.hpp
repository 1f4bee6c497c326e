#pragma once

#include "sync/ledger/result.hpp"

// What is wrong with a file as a whole. Internal to sheets/.
namespace sitelog {

inline Refusal damaged_workbook() {
  return {Reason::kInvalidFile,
          N_("the workbook is damaged, or no Excel workbook (.xlsx): open it in a spreadsheet and "
             "save it again"),
          {}};
}

inline Refusal too_much_at_once() {
  return {Reason::kTooLarge, N_("there is more here than can be read at once: split the file"), {}};
}

}  // namespace sitelog
