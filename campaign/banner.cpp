#include "campaign/banner.hpp"

#include "campaign/text.hpp"

namespace sitelog {

namespace {

// What matters of a banner: without white space, brackets, quotes and dashes in one shape, and
// runs of dashes as one.
std::string essence(std::string_view text) {
  std::string out;
  const std::string plain = half_width(text);
  for (std::string_view rest = plain; !rest.empty();) {
    const std::string_view before = rest;
    const uint32_t point = take_code_point(rest);
    const bool space = point == ' ' || (point >= '\t' && point <= '\r') || point == 0xA0;
    const bool quote = point == '"' || point == '\'' || (point >= 0x2018 && point <= 0x201F) ||
                       (point >= 0x300C && point <= 0x300F);
    const bool dash =
        point == '-' || (point >= 0x2010 && point <= 0x2015) || point == 0x2212 || point == 0x2500;
    if (space) continue;
    if (quote) {
      out += '"';
    } else if (dash) {
      if (!out.ends_with('-')) out += '-';
    } else {
      out += before.substr(0, before.size() - rest.size());
    }
  }
  return out;
}

}  // namespace

bool is_banner_template(std::string_view text) {
  const size_t at = text.find(kBannerUnit);
  return at != std::string_view::npos &&
         text.find(kBannerUnit, at + kBannerUnit.size()) == std::string_view::npos;
}

std::string banner_text(const Definition& definition, const std::string& unit_name) {
  std::string out = definition.banner;
  const size_t at = out.find(kBannerUnit);
  if (at != std::string::npos) out.replace(at, kBannerUnit.size(), unit_name);
  return out;
}

std::optional<Refusal> check_banner(const Definition& definition, const std::string& unit_name,
                                    std::string_view text) {
  if (definition.banner.empty()) return std::nullopt;
  const std::string given = essence(text);
  if (!unit_name.empty()) {
    const std::string expected = banner_text(definition, unit_name);
    if (given == essence(expected)) return std::nullopt;
    return Refusal{
        Reason::kInvalidValue, N_("this is not the campaign's banner; it reads: {}"), {expected}};
  }
  const size_t at = definition.banner.find(kBannerUnit);
  const std::string front = essence(std::string_view(definition.banner).substr(0, at));
  const std::string back =
      essence(std::string_view(definition.banner).substr(at + kBannerUnit.size()));
  if (given.size() > front.size() + back.size() && given.starts_with(front) &&
      given.ends_with(back)) {
    return std::nullopt;
  }
  return Refusal{Reason::kInvalidValue,
                 N_("this is not the campaign's banner; it reads: {}"),
                 {definition.banner}};
}

}  // namespace sitelog
