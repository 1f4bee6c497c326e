// Two acknowledgements; headquarters has signed the first. Its signature must not pass for the
// second unless they say the same.
#include "sync/session/message.hpp"
#include "tests/fuzz/choices.hpp"
#include "tests/fuzz/target.hpp"

using namespace sitelog;
using namespace sitelog::fuzz;

namespace {

std::optional<Receipt> receipt_in(const std::string& bytes) {
  const auto message = decode_message(as_bytes(bytes));
  if (!message) {
    check_refusal(message.refusal(), bytes.size());
    return std::nullopt;
  }
  const auto* receipt = std::get_if<Receipt>(&*message);
  return receipt != nullptr ? std::optional(*receipt) : std::nullopt;
}

bool say_the_same(const Receipt& a, const Receipt& b) {
  return a.book == b.book && a.tips == b.tips && a.wall == b.wall &&
         a.headquarters == b.headquarters;
}

}  // namespace

FUZZ_TARGET(receipts) {
  static const SigningKey key = SigningKey::from_seed({7});
  static const PublicKey headquarters = key.public_key();
  Choices choices(input);
  auto receipt = receipt_in(choices.sized());
  if (!receipt) return;
  // As it came it is nobody's word.
  MUST(!verify_signature(headquarters, as_bytes(receipt_message(*receipt)), receipt->signature));
  receipt->signature = key.sign(as_bytes(receipt_message(*receipt)));
  const std::string kept = encode(Message(*receipt));
  const auto shown = receipt_in(kept);
  MUST(shown && say_the_same(*shown, *receipt));
  MUST(verify_signature(headquarters, as_bytes(receipt_message(*shown)), shown->signature));
  const auto other = receipt_in(choices.rest());
  if (!other) return;
  MUST(verify_signature(headquarters, as_bytes(receipt_message(*other)), receipt->signature) ==
       say_the_same(*other, *receipt));
}
