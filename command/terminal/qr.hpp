#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sync/ledger/result.hpp"

namespace sitelog {

// Whether the QR code carries colours of its own (ANSI: black on white), or the terminal's.
enum class QrColours { kTerminal, kBlackOnWhite };

// `content` as a QR code (ISO/IEC 18004, 8-bit bytes, error correction M) drawn with half blocks,
// two rows of modules a line, quiet zone included; each line ends with LF. With the terminal's
// colours the light modules are drawn, which is right on a dark terminal and inverted on a light
// one. Refused: kTooLarge past 2331 bytes, kInvalidValue when empty.
Result<std::string> qr_text(std::string_view content, QrColours colours = QrColours::kTerminal);

// The modules themselves: a row of '1' (dark) and '0' each, without the quiet zone. Refuses as
// above.
Result<std::vector<std::string>> qr_modules(std::string_view content);

}  // namespace sitelog
