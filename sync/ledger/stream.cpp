#include "sync/ledger/stream.hpp"

#include <algorithm>

#include "sync/ledger/crypto.hpp"

namespace sitelog {

namespace {
void append_number(std::string& out, uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift);
}
}  // namespace

Hash chain_start(const BookCode& book, const StreamKey& stream) {
  return Hasher()
      .add("sitelog stream 1\n")
      .add_sized(book)
      .add(stream.device.view())
      .add_number(stream.epoch.value)
      .finish();
}

Hash chain_next(const Hash& previous, const Hash& entry_digest) {
  thread_local Hasher hasher;
  return hasher.add(previous.view()).add(entry_digest.view()).finish();
}

Hash chain_next(const Hash& previous, BytesView entry_bytes) {
  return chain_next(previous, sha256(entry_bytes));
}

std::string head_message(const BookCode& book, const Tip& tip) {
  std::string out = "sitelog head 1\n";
  append_number(out, book.size());
  out += book;
  out += as_text(tip.stream.device.view());
  append_number(out, tip.stream.epoch.value);
  append_number(out, tip.number.value);
  out += as_text(tip.head.view());
  return out;
}

Signature sign_head(const SigningKey& key, const BookCode& book, const Tip& tip) {
  return key.sign(as_bytes(head_message(book, tip)));
}

bool head_is_signed(const PublicKey& key, const BookCode& book, const Tip& tip,
                    const Signature& signature) {
  return device_of(key) == tip.stream.device &&
         verify_signature(key, as_bytes(head_message(book, tip)), signature);
}

Hash Batch::entry_digest(size_t index) const {
  const auto at = erased.find(index);
  return at != erased.end() ? at->second : sha256(as_bytes(entries[index]));
}

std::string to_text(const BookCode& book, const StreamKey& stream) {
  std::string epoch;
  append_number(epoch, stream.epoch.value);
  return book + "/" + stream.device.hex() + "/" + to_hex(as_bytes(epoch));
}

}  // namespace sitelog
