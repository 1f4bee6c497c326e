#pragma once

#include <string>
#include <string_view>

namespace sitelog {

// A name as people read it, in both languages.
struct Label {
  std::string zh;
  std::string en;

  // `language` is "zh" or "en"; anything else reads as "en".
  const std::string& in(std::string_view language) const { return language == "zh" ? zh : en; }
  bool operator==(const Label&) const = default;
};

}  // namespace sitelog
