// Any bytes, as a connection would bring them.
#include <vector>

#include "sync/ledger/limits.hpp"
#include "sync/session/framing.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

struct Read {
  std::vector<std::string> messages;
  std::optional<Refusal> refusal;
  size_t waiting = 0;
  bool operator==(const Read&) const = default;
};

// Reads all that is there; false after a refusal.
bool take_messages(FrameReader& reader, Read& out) {
  for (;;) {
    const auto message = reader.next();
    if (!message) {
      out.refusal = message.refusal();
      return false;
    }
    if (!*message) return true;
    out.messages.push_back(encode(**message));
    MUST(out.messages.back().size() <= limits::kMessageBytesMax + 64);
  }
}

// `next_size` gives the size of each piece.
template <class Sizes>
Read read_in_pieces(BytesView bytes, Sizes next_size) {
  FrameReader reader;
  Read out;
  while (!bytes.empty()) {
    const size_t size = std::min<size_t>(next_size(), bytes.size());
    reader.add(bytes.first(size));
    bytes = bytes.subspan(size);
    if (!take_messages(reader, out)) return out;
    MUST(reader.waiting() <= limits::kFrameBytesMax + 4);
  }
  out.waiting = reader.waiting();
  return out;
}

}  // namespace

// The first byte says how the others are cut.
FUZZ_TARGET(frames) {
  if (input.empty()) return;
  const BytesView bytes = input.subspan(1);
  const Read whole = read_in_pieces(bytes, [&] { return bytes.size(); });
  if (whole.refusal) check_refusal(*whole.refusal, input.size());
  size_t step = input.front();
  const Read cut = read_in_pieces(bytes, [&] { return 1 + (step = step * 31 + 7) % 61; });
  MUST(cut == whole);
  if (!whole.refusal) MUST(whole.waiting <= bytes.size());
}
