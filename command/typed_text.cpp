#include "command/typed_text.hpp"

#include <iconv.h>

#include <array>

#include "campaign/text.hpp"

namespace sitelog {

namespace {

constexpr size_t kWordShownMax = 40;

// The word as GBK would have it; empty where it is none, or the system knows nothing of GBK.
std::string from_gbk(std::string_view word) {
  const auto converter = ::iconv_open("UTF-8", "GBK");
  if (converter == reinterpret_cast<iconv_t>(-1)) return {};
  std::string in(word), out;
  char* from = in.data();
  size_t left = in.size();
  bool good = true;
  while (good && left > 0) {
    std::array<char, 256> chunk{};
    char* to = chunk.data();
    size_t room = chunk.size();
    const size_t before = left;
    const bool whole = ::iconv(converter, &from, &left, &to, &room) != static_cast<size_t>(-1);
    out.append(chunk.data(), chunk.size() - room);
    good = whole || left < before;
  }
  ::iconv_close(converter);
  return good ? out : std::string();
}

}  // namespace

std::optional<Refusal> not_utf8(std::string_view word) {
  if (is_utf8(word)) return std::nullopt;
  const std::string meant = from_gbk(word);
  if (meant.empty() || has_control_characters(meant)) {
    return Refusal{
        Reason::kUsage,
        N_("“{}” is not text in UTF-8: set your terminal to the encoding UTF-8 (and LANG "
           "to zh_CN.UTF-8), then type it again"),
        {shortened(word, kWordShownMax)}};
  }
  return Refusal{Reason::kUsage,
                 N_("your terminal sends GBK, where Sitelog takes UTF-8 (“{}” was meant): set your "
                    "terminal to the encoding UTF-8 (and LANG to zh_CN.UTF-8), then type it again"),
                 {shortened(meant, kWordShownMax)}};
}

}  // namespace sitelog
