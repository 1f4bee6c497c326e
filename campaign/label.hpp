#pragma once

#include <string>
#include <string_view>

namespace sitelog {

// What people read. There are translations into Chinese; the sources are in English.
enum class Language { kChinese, kEnglish };
inline std::string_view name_of(Language language) {
  return language == Language::kChinese ? "zh" : "en";
}

// What stands between the items of a list.
inline std::string_view between_items(Language language) {
  return language == Language::kChinese ? "、" : ", ";
}

// A name as people read it, in both languages.
struct Label {
  std::string zh;
  std::string en;

  // `language` is "zh" or "en"; anything else reads as "en".
  const std::string& in(std::string_view language) const { return language == "zh" ? zh : en; }
  const std::string& in(Language language) const { return in(name_of(language)); }
  bool operator==(const Label&) const = default;
};

}  // namespace sitelog
