#pragma once

#include <map>
#include <string>
#include <vector>

#include "sync/ledger/crypto.hpp"
#include "sync/ledger/ids.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

// The entries of one device in one book in one epoch, numbered 1, 2, 3 … and hash-chained.
struct StreamKey {
  DeviceId device;
  Epoch epoch;
  auto operator<=>(const StreamKey&) const = default;
};

// How far a stream reaches: the last number and the chain hash there. A stream that was written on
// two copies of a disk (a fork) has two tips.
struct Tip {
  StreamKey stream;
  Sequence number;
  Hash head;
  auto operator<=>(const Tip&) const = default;
};

// What a replica holds of one book: its tips, ascending.
using VersionVector = std::vector<Tip>;

// hash(0) of a stream: binds every later hash to the stream it is in.
Hash chain_start(const BookCode& book, const StreamKey& stream);
// hash(n) = SHA-256(hash(n-1) || SHA-256(bytes(n)))
Hash chain_next(const Hash& previous, BytesView entry_bytes);
Hash chain_next(const Hash& previous, const Hash& entry_digest);

// What a device signs: that its stream had this head at this number.
std::string head_message(const BookCode& book, const Tip& tip);
Signature sign_head(const SigningKey& key, const BookCode& book, const Tip& tip);
bool head_is_signed(const PublicKey& key, const BookCode& book, const Tip& tip,
                    const Signature& signature);

// Consecutive entries of one stream under one signature.
struct Batch {
  BookCode book;
  StreamKey stream;
  PublicKey key;
  Sequence first;
  EntryName previous;                // name of the entry before `first`; zero when first is 1
  std::vector<std::string> entries;  // encoded, verbatim
  // Those whose body is erased, by their index: they are empty above, and the digest of what they
  // were is all that is left, and all that the chain needs.
  std::map<size_t, Hash> erased;
  Signature signature;  // of the head after the last of them

  // What the chain takes in of an entry.
  Hash entry_digest(size_t index) const;
  Sequence last() const { return {first.value + entries.size() - 1}; }
};

// "book/device/epoch" with the device and the epoch in hexadecimal.
std::string to_text(const BookCode& book, const StreamKey& stream);

}  // namespace sitelog
