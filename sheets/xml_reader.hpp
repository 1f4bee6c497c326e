#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sync/ledger/result.hpp"

namespace sitelog {

// What an element says of itself, by local names.
class XmlAttributes {
 public:
  explicit XmlAttributes(const char** raw) : raw_(raw) {}
  std::optional<std::string_view> get(std::string_view name) const;

 private:
  const char** raw_;
};

// Told while an XML text is read. Names come without their prefix.
struct XmlEvents {
  std::function<void(std::string_view name, const XmlAttributes&)> begin = [](auto, const auto&) {};
  std::function<void(std::string_view name)> end = [](auto) {};
  std::function<void(std::string_view text)> text = [](auto) {};
  // Why it is enough, or no good; asked after each piece and element.
  std::function<std::optional<Refusal>()> stop = [] { return std::nullopt; };
};

// Reads XML in pieces. A document type, and with it every entity, is refused (kInvalidFile), and so
// is what nests deeper than limits::kXmlDepthMax. `events` outlives it.
class XmlReader {
 public:
  explicit XmlReader(const XmlEvents& events);
  ~XmlReader();
  XmlReader(const XmlReader&) = delete;
  XmlReader& operator=(const XmlReader&) = delete;

  // False once it has failed.
  bool feed(std::string_view piece);
  // What became of it, after the last piece.
  Result<> finish();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace sitelog
