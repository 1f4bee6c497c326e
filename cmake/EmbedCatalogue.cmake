# Writes OUT, a C++ source that holds the compiled catalogue IN (command/terminal/catalogue.hpp).
file(READ ${IN} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)"
       "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "#include \"command/terminal/catalogue.hpp\"

namespace sitelog {

namespace {
constexpr unsigned char kCatalogue[] = {
${bytes}};
}  // namespace

std::string_view chinese_catalogue() {
  return {reinterpret_cast<const char*>(kCatalogue), sizeof kCatalogue};
}

}  // namespace sitelog
")
