# Writes OUT, a C++ source with the function NAME, which gives the file IN as a text.
file(READ ${IN} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)"
       "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "#include <string_view>

namespace sitelog {

namespace {
constexpr unsigned char kText[] = {
${bytes}};
}  // namespace

std::string_view ${NAME}();
std::string_view ${NAME}() {
  return {reinterpret_cast<const char*>(kText), sizeof kText};
}

}  // namespace sitelog
")
