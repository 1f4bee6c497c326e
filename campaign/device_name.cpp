#include "campaign/device_name.hpp"

#include "campaign/looks.hpp"
#include "campaign/text.hpp"
#include "sync/ledger/limits.hpp"

namespace sitelog {

Result<> check_device_name(std::string_view name) {
  const auto refuse = [&](const char* text) {
    return Refusal{Reason::kInvalidValue, text, {shortened(name, 40)}};
  };
  if (name.size() > limits::kPersonBytesMax) {
    return Refusal{Reason::kInvalidValue,
                   N_("the device's name has {} bytes; at most {} are taken"),
                   {std::to_string(name.size()), std::to_string(limits::kPersonBytesMax)}};
  }
  bool is_seen = false;
  for (std::string_view rest = name; !rest.empty();) {
    const uint32_t point = take_code_point(rest);
    if (point == kNotUtf8) return refuse(N_("the device's name is not text in UTF-8: {}"));
    if (is_unseen(point)) {
      return refuse(N_("the device's name holds characters that can't be seen: {}"));
    }
    is_seen = is_seen || !is_white(point);
  }
  if (is_seen) return Done{};
  return refuse(N_("a device needs a name by which people know it (sitelog join … --name NAME)"));
}

}  // namespace sitelog
