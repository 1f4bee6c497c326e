#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <csignal>

// As the programs do: whoever writes to one who has gone is told so, and not ended.
int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return Catch::Session().run(argc, argv);
}
