#pragma once

#include <string_view>

namespace sitelog {

// Whether it is one of the commonest passwords, or looks like one (common_passwords.txt says whose
// list that is). Of others one in 400,000 is taken for one. Any thread.
bool is_common_password(std::string_view password);

}  // namespace sitelog
