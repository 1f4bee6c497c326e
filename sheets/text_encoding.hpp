#pragma once

#include <string>
#include <string_view>

#include "sync/ledger/result.hpp"

namespace sitelog {

// The text of a file as UTF-8 without a byte-order mark: of UTF-8, of UTF-16 (with its mark, or
// where every other byte of its ASCII is zero) and of GB18030, which holds GBK and GB2312. Text
// that is valid UTF-8 is taken for it. Refuses kInvalidFile what is none of them, or holds zeros.
Result<std::string> text_as_utf8(std::string_view bytes);

}  // namespace sitelog
