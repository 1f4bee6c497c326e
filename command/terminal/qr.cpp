#include "command/terminal/qr.hpp"

#include <qrencode.h>

#include <cerrno>
#include <memory>
#include <system_error>

namespace sitelog {
namespace {

constexpr size_t kContentBytesMax = 2331;  // version 40, correction M, 8-bit mode
constexpr int kQuietModules = 4;

struct FreeCode {
  void operator()(QRcode* code) const { ::QRcode_free(code); }
};

using Code = std::unique_ptr<QRcode, FreeCode>;

Result<Code> encoded(std::string_view content) {
  if (content.empty()) return Refusal{Reason::kInvalidValue, N_("a QR code needs a content"), {}};
  const Refusal too_long{Reason::kTooLarge,
                         N_("a QR code holds {} bytes at most"),
                         {std::to_string(kContentBytesMax)}};
  if (content.size() > kContentBytesMax) return too_long;
  Code code(::QRcode_encodeData(static_cast<int>(content.size()),
                                reinterpret_cast<const unsigned char*>(content.data()), 0,
                                QR_ECLEVEL_M));
  if (code == nullptr) {
    if (errno == ERANGE) return too_long;
    throw std::system_error(errno, std::generic_category(), "QR code");
  }
  return code;
}

}  // namespace

Result<std::string> qr_text(std::string_view content, QrColours colours) {
  const auto made = encoded(content);
  if (!made) return made.refusal();
  const QRcode* code = made->get();
  const auto light = [code](int x, int y) {
    const bool inside = x >= 0 && y >= 0 && x < code->width && y < code->width;
    return !inside || (code->data[y * code->width + x] & 1) == 0;
  };
  const bool own = colours == QrColours::kBlackOnWhite;
  std::string out;
  for (int y = -kQuietModules; y < code->width + kQuietModules; y += 2) {
    if (own) out += "\x1b[38;5;231;48;5;16m";
    for (int x = -kQuietModules; x < code->width + kQuietModules; ++x) {
      const bool upper = light(x, y);
      const bool lower = light(x, y + 1);
      out += upper ? (lower ? "█" : "▀") : (lower ? "▄" : " ");
    }
    out += own ? "\x1b[0m\n" : "\n";
  }
  return out;
}

Result<std::vector<std::string>> qr_modules(std::string_view content) {
  const auto made = encoded(content);
  if (!made) return made.refusal();
  const QRcode* code = made->get();
  std::vector<std::string> out;
  for (int y = 0; y < code->width; ++y) {
    std::string& row = out.emplace_back();
    for (int x = 0; x < code->width; ++x) {
      row += (code->data[y * code->width + x] & 1) != 0 ? '1' : '0';
    }
  }
  return out;
}

}  // namespace sitelog
