// What people type for days, numbers of telephones, codes and lists.
#include "campaign/calendar.hpp"
#include "campaign/field_value.hpp"
#include "campaign/text.hpp"
#include "campaign/units.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

FUZZ_TARGET(dates) {
  const std::string text(as_text(input));
  if (const auto date = parse_date(text)) {
    MUST(exists(*date));
    MUST(date->text().size() == 10);
    MUST(parse_date(date->text()) == date);
  }
  const std::string plain = half_width(text);
  MUST(plain.size() <= text.size());
  MUST(half_width(plain) == plain);
  MUST(is_utf8(text) == is_utf8(plain));
  const std::string inside(trimmed(text));
  MUST(trimmed(inside) == inside);
  const std::string brief = shortened(text, 40);
  MUST(is_utf8(brief) && length_of(brief) <= 41);
  MUST(on_one_line(brief) == brief);
  if (is_utf8(text) && length_of(text) <= 40) MUST(brief == on_one_line(text));
  const auto items = split_list(text);
  for (const std::string& item : items) MUST(!item.empty() && trimmed(item) == item);
  if (is_utf8(text)) MUST(split_list(join(items, "、")) == items);
  if (looks_like_phone(text)) MUST(!has_control_characters(trimmed(text)));
  if (is_unit_code(text)) {
    MUST(is_utf8(text) && !has_control_characters(text) && text.size() <= 64 && text != kRootBook);
  }
}
