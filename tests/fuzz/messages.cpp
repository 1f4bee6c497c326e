// One message between peers, as it stands in a frame.
#include "sync/session/framing.hpp"
#include "sync/session/message.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

FUZZ_TARGET(messages) {
  const auto message = decode_message(input);
  if (!message) {
    check_refusal(message.refusal(), input.size());
    MUST(message.refusal().reason == Reason::kMalformed ||
         message.refusal().reason == Reason::kTooLarge);
    return;
  }
  // What was accepted can be said again, means the same then, and has not grown but by the known
  // name that stands in the place of an unknown reason.
  const std::string again = encode(*message);
  MUST(again.size() <= input.size() + 16);
  const auto second = decode_message(as_bytes(again));
  MUST(static_cast<bool>(second));
  MUST(second->index() == message->index());
  MUST(encode(*second) == again);
  static FrameWriter writer;
  FrameReader reader;
  reader.add(as_bytes(writer.frame(*message)));
  const auto third = reader.next();
  MUST(third && *third && encode(**third) == again);
}
