// Two sessions on replicas in memory, while one or both are told what the other never said.
#include "sync/session/session.hpp"

#include "tests/fuzz/material.hpp"
#include "tests/fuzz/session_play.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/memory_replica.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

FUZZ_TARGET(session) {
  static const SigningKey site_key = key_of(3);
  static const SigningKey headquarters_key = key_of(4);
  Choices choices(input);
  MemoryReplica site(site_key, headquarters_key.public_key(), {"root", kPlayBook});
  MemoryReplica headquarters(headquarters_key, headquarters_key.public_key(), {"root", kPlayBook});
  headquarters.write("root", "laid down");
  PlayEnd near{&site,
               site_key.device(),
               {headquarters_key.device(), Standing::authority()},
               [&](const std::string& entry) { site.write(kPlayBook, entry); },
               {},
               {},
               {},
               0};
  PlayEnd far{&headquarters,
              headquarters_key.device(),
              {site_key.device(), Standing::device(kPlayBook)},
              [&](const std::string& entry) { headquarters.write(kPlayBook, entry); },
              {},
              {},
              {},
              0};
  for (size_t n = choices.one_of(4); n > 0; --n) near.write("first " + std::to_string(n));
  for (size_t n = choices.one_of(4); n > 0; --n) far.write("first " + std::to_string(n));
  play(choices, near, far);
}
