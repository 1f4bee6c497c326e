#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "campaign/definition.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// Where a banner's template names the unit.
inline constexpr std::string_view kBannerUnit = "{unit}";

bool is_banner_template(std::string_view text);  // holds {unit} exactly once

// The text for the backdrop of a unit's event; empty where the campaign has no banner.
std::string banner_text(const Definition& definition, const std::string& unit_name);

// Why `text` is not the campaign's banner for the unit; nothing when it is. White space, the width
// of brackets and the shape of quotes and dashes make no difference. With an empty `unit_name`
// any unit's banner will do. A campaign without a banner accepts everything.
std::optional<Refusal> check_banner(const Definition& definition, const std::string& unit_name,
                                    std::string_view text);

}  // namespace sitelog
