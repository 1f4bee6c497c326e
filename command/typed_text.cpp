#include "command/typed_text.hpp"

#include "campaign/text.hpp"
#include "sheets/text_encoding.hpp"

namespace sitelog {

namespace {

constexpr size_t kWordShownMax = 40;

}  // namespace

std::optional<Refusal> not_utf8(std::string_view word) {
  if (is_utf8(word)) return std::nullopt;
  const auto meant = text_as_utf8(word);  // as GBK
  if (!meant || has_control_characters(*meant)) {
    return Refusal{
        Reason::kUsage,
        N_("“{}” is not text in UTF-8: set your terminal to the encoding UTF-8 (and LANG "
           "to zh_CN.UTF-8), then type it again"),
        {shortened(word, kWordShownMax)}};
  }
  return Refusal{Reason::kUsage,
                 N_("your terminal sends GBK, where Sitelog takes UTF-8 (“{}” was meant): set your "
                    "terminal to the encoding UTF-8 (and LANG to zh_CN.UTF-8), then type it again"),
                 {shortened(*meant, kWordShownMax)}};
}

}  // namespace sitelog
