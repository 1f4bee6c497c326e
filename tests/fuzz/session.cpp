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
  PlayEnd near, far;
  near.replica = &site;
  near.own = site_key.device();
  near.peer = {headquarters_key.device(), Standing::authority()};
  near.write = [&](const std::string& entry) { site.write(kPlayBook, entry); };
  far.replica = &headquarters;
  far.own = headquarters_key.device();
  far.peer = {site_key.device(), Standing::device(kPlayBook)};
  far.write = [&](const std::string& entry) { headquarters.write(kPlayBook, entry); };
  for (size_t n = choices.one_of(4); n > 0; --n) near.write("first " + std::to_string(n));
  for (size_t n = choices.one_of(4); n > 0; --n) far.write("first " + std::to_string(n));
  play(choices, near, far);
}
