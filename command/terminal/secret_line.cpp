#include "command/terminal/secret_line.hpp"

#include <termios.h>
#include <unistd.h>

#include <iostream>

namespace sitelog {

namespace {

// Keeps a terminal from showing what is typed, while it lives.
class Unseen {
 public:
  Unseen() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios unseen = before_;
    unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen) == 0;
  }
  ~Unseen() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

}  // namespace

Result<std::string> read_secret_line(const std::string& question) {
  std::string line;
  if (::isatty(STDIN_FILENO) == 1) {
    std::cerr << question << " " << std::flush;
    const Unseen unseen;
    std::getline(std::cin, line);
    std::cerr << "\n";
  } else {
    std::getline(std::cin, line);
  }
  if (line.ends_with('\r')) line.pop_back();
  if (!line.empty()) return line;
  return Refusal{Reason::kUsage, N_("nothing came in: give it as a line of input"), {}};
}

}  // namespace sitelog
