#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "sync/ledger/clock.hpp"
#include "sync/ledger/headquarters_id.hpp"
#include "sync/ledger/stream.hpp"
#include "sync/ledger/tip_tree.hpp"
#include "sync/session/agreement_claim.hpp"

namespace sitelog {

// The versions of the protocol that this program speaks. No released program speaks version 1.
inline constexpr uint32_t kProtocolVersionMin = 2;
inline constexpr uint32_t kProtocolVersionMax = 2;

// The messages of proto/sync.proto as own types. Values.

struct BookDigest {
  BookCode book;
  Hash digest;
  bool operator==(const BookDigest&) const = default;
};

// One entry's place in a stream.
struct Mark {
  Sequence number;
  EntryName name;
  auto operator<=>(const Mark&) const = default;
};
inline Mark mark_of(const Tip& tip) {
  return {tip.number, name_of(tip.head)};
}

struct Hello {
  uint32_t version_min = kProtocolVersionMin;
  uint32_t version_max = kProtocolVersionMax;
  DeviceId device;
  std::vector<BookDigest> books;
  std::string software;
  std::optional<AgreementClaim> agreement_key = std::nullopt;
};

struct BookOffer {
  BookCode book;
  Hash digest;
  bool differs = false;
  // Where it differs: the whole vector, or the digests of its parts.
  VersionVector tips;
  std::vector<Hash> parts = {};
};

struct Welcome {
  uint32_t version = kProtocolVersionMax;
  DeviceId device;
  std::optional<Instant> wall;  // nothing: headquarters doubts its own clock
  std::vector<BookOffer> books;
  std::string software;
};

struct Refuse {
  Refusal refusal;
  BookCode book;  // empty: the whole session
  Tip tip;
};

// What is held in a range of a book's vector: all its tips, or the digests of its parts.
struct VectorMessage {
  BookCode book;
  VersionVector tips;
  TipRange range = {};
  std::vector<Hash> parts = {};
};

// Headquarters' signed word that entries are held durably; without signature, a peer's own.
struct Receipt {
  BookCode book;
  VersionVector tips;
  Instant wall;
  Signature signature;
  // Whose word it is. Zero in those that were signed before they said so, which are kept as they
  // are and never taken or passed on.
  HeadquartersId headquarters = {};
};

struct Locate {
  BookCode book;
  Tip tip;
  std::vector<Mark> samples;
};

struct Located {
  BookCode book;
  Tip tip;
  Mark mark;
};

struct CaughtUp {
  std::vector<BookDigest> books;
};

struct Ping {
  int64_t nonce = 0;
};
struct Pong {
  int64_t nonce = 0;
};
struct Goodbye {
  std::string reason;
};

struct JoinRequest {
  std::string secret;
  PublicKey key;
  std::string name;
  Signature proof;
  std::optional<AgreementClaim> agreement_key = std::nullopt;
};

struct JoinReply {
  std::string certificate;  // DER
  std::string authority;    // DER
  PublicKey headquarters;
  std::string headquarters_name;
  BookCode unit;
};

using Message = std::variant<Hello, Welcome, Refuse, VectorMessage, Batch, Receipt, Locate, Located,
                             CaughtUp, Ping, Pong, Goodbye, JoinRequest, JoinReply>;

std::string encode(const Message& message);
// Refuses (kMalformed, kTooLarge) what is not a message within the limits. `entries`: a batch's,
// where its message came without them.
Result<Message> decode_message(BytesView bytes, std::vector<std::string> entries = {});

// What is told (kMalformed) of a message that means nothing, or can't be true.
Refusal malformed_message(const char* what);

// What headquarters signs in a receipt, or has signed in one that doesn't name it.
std::string receipt_message(const Receipt& receipt);

}  // namespace sitelog
