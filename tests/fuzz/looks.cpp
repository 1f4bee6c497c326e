// Texts that name things, as they look: what is folded to tell units, devices and fields apart.
#include "campaign/looks.hpp"

#include "campaign/device_name.hpp"
#include "campaign/text.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

FUZZ_TARGET(looks) {
  const std::string_view text = as_text(input);
  const std::u32string looks = looks_of(text);
  for (const char32_t point : looks) {
    MUST(!is_unseen(point) && !is_white(point));
    MUST(point < 0x110000 && (point < 0xD800 || point > 0xDFFF));
  }
  // What nobody can see in it makes no difference.
  MUST(looks_of(std::string(text) + "\u200b\u3000 ") == looks);
  const std::string plain = plainly(text);
  if (!is_utf8(text)) {
    MUST(plain == text);
    return;
  }
  MUST(is_utf8(plain));
  MUST(plainly(plain) == plain);
  MUST(looks_of(plain) == looks);
  // A device whose name may stand has looks to be told by.
  if (check_device_name(text)) MUST(!looks.empty());
}
