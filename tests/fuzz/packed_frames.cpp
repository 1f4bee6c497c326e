// Frames whose packing is right, so that what is inside them reaches the decoder of messages.
#include <zstd.h>

#include "sync/ledger/limits.hpp"
#include "sync/session/framing.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

enum How { kPlain, kPacked, kPackedHard, kPackedInTwo, kBomb, kHows };

std::string packed(std::string_view plain, int level) {
  static ZSTD_CCtx* const context = ZSTD_createCCtx();  // for the whole run
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  out.resize(ZSTD_compressCCtx(context, out.data(), out.size(), plain.data(), plain.size(), level));
  return out;
}

std::string frame_of(How how, std::string_view plain) {
  std::string body(1, static_cast<char>(how == kPlain ? 0 : 1));
  if (how == kPlain) body += plain;
  if (how == kPacked) body += packed(plain, 3);
  if (how == kPackedHard) body += packed(plain, 12);
  if (how == kPackedInTwo) {
    body +=
        packed(plain.substr(0, plain.size() / 2), 1) + packed(plain.substr(plain.size() / 2), 1);
  }
  if (how == kBomb) {
    std::string large(plain.empty() ? "x" : plain);
    while (large.size() <= limits::kMessageBytesMax) large += std::string(large);
    body += packed(large, 1);
  }
  const auto length = static_cast<uint32_t>(body.size());
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(length >> shift);
  return out + body;
}

}  // namespace

// One frame after another: a byte that says how it is packed, then its message with two bytes of
// length. A reader gives what the decoder gives for the message by itself.
FUZZ_TARGET(packed_frames) {
  Choices choices(input);
  FrameReader reader;
  bool bombed = false;
  for (int frames = 0; !choices.empty() && frames < 16; ++frames) {
    How how = static_cast<How>(choices.one_of(kHows));
    if (how == kBomb && bombed) how = kPlain;
    const std::string plain = choices.sized();
    reader.add(as_bytes(frame_of(how, plain)));
    const auto read = reader.next();
    if (!read) check_refusal(read.refusal(), input.size());
    if (how == kBomb) {
      bombed = true;
      MUST(!read);
      return;
    }
    if (how == kPlain && plain.empty()) {
      MUST(!read);
      return;
    }
    const auto expected = decode_message(as_bytes(plain));
    MUST(static_cast<bool>(expected) == static_cast<bool>(read));
    if (!read) {
      MUST(expected.refusal() == read.refusal());
      return;
    }
    MUST(read->has_value() && encode(**read) == encode(*expected));
    MUST(reader.waiting() == 0);
  }
}
