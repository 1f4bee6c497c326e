#include "sheets/text_encoding.hpp"

#include <iconv.h>

#include <algorithm>
#include <cerrno>

namespace sitelog {

namespace {

constexpr std::string_view kMarkUtf8 = "\xEF\xBB\xBF";
constexpr std::string_view kMarkLittle = "\xFF\xFE";
constexpr std::string_view kMarkBig = "\xFE\xFF";

Refusal no_text() {
  return {Reason::kInvalidFile,
          N_("this is no text in UTF-8, UTF-16 or GB18030: save the sheet as “CSV UTF-8” or as an "
             "Excel workbook (.xlsx)"),
          {}};
}

// A converter of the C library's, for one text.
class Converter {
 public:
  explicit Converter(const char* from) : converter_(::iconv_open("UTF-8", from)) {}
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter() {
    if (known()) ::iconv_close(converter_);
  }

  bool known() const { return converter_ != reinterpret_cast<iconv_t>(-1); }

  // False where some bytes are not of the encoding, or the text ends inside a character.
  bool convert(std::string_view bytes, std::string& out) {
    char* in = const_cast<char*>(bytes.data());
    size_t left = bytes.size();
    char buffer[16 * 1024];
    while (left > 0) {
      char* to = buffer;
      size_t room = sizeof buffer;
      const size_t result = ::iconv(converter_, &in, &left, &to, &room);
      out.append(buffer, sizeof buffer - room);
      if (result == static_cast<size_t>(-1) && errno != E2BIG) return false;
    }
    return true;
  }

 private:
  iconv_t converter_;
};

Result<std::string> converted(std::string_view bytes, const char* from) {
  Converter converter(from);
  std::string out;
  if (!converter.known() || !converter.convert(bytes, out)) return no_text();
  if (out.find('\0') != std::string::npos) return no_text();
  return out;
}

// Separators and line ends are ASCII, so of UTF-16 without a mark about every line has a zero in
// the same half of its units.
const char* unmarked_utf16(std::string_view bytes) {
  if (bytes.size() < 2 || bytes.size() % 2 != 0) return nullptr;
  size_t first = 0;
  size_t second = 0;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    first += bytes[i] == 0;
    second += bytes[i + 1] == 0;
  }
  if (second > 0 && first == 0) return "UTF-16LE";
  if (first > 0 && second == 0) return "UTF-16BE";
  return nullptr;
}

}  // namespace

Result<std::string> text_as_utf8(std::string_view bytes) {
  if (bytes.starts_with(kMarkUtf8)) {
    return converted(bytes.substr(kMarkUtf8.size()), "UTF-8");
  }
  if (bytes.starts_with(kMarkLittle)) return converted(bytes.substr(2), "UTF-16LE");
  if (bytes.starts_with(kMarkBig)) return converted(bytes.substr(2), "UTF-16BE");
  if (bytes.find('\0') != std::string_view::npos) {
    const char* utf16 = unmarked_utf16(bytes);
    return utf16 != nullptr ? converted(bytes, utf16) : no_text();
  }
  auto utf8 = converted(bytes, "UTF-8");
  return utf8 ? utf8 : converted(bytes, "GB18030");
}

}  // namespace sitelog
