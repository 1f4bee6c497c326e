#include "sync/session/message.hpp"

#include <google/protobuf/arena.h>
#include <google/protobuf/stubs/logging.h>

#include <algorithm>

#include "proto/sync.pb.h"
#include "sync/ledger/limits.hpp"

namespace sitelog {

namespace {

// Of a Welcome that doesn't say the time. A site that knows nothing of this can't reckon with it,
// and passes it over.
constexpr int64_t kNoWallMs = INT64_MIN;

// Thrown inside this file only, to leave a decoder at the first wrong byte.
struct Malformed {
  const char* what;
};

void write(const Tip& in, wire::Tip* out) {
  out->set_device(in.stream.device.bytes.data(), DeviceId::kSize);
  out->set_epoch(in.stream.epoch.value);
  out->set_number(in.number.value);
  out->set_head(in.head.bytes.data(), Hash::kSize);
}

void write(const Mark& in, wire::Mark* out) {
  out->set_number(in.number.value);
  out->set_name(in.name.bytes.data(), EntryName::kSize);
}

// Whatever stands there is taken: whether it is a key is judged where one is wanted.
template <class From>
std::optional<AgreementClaim> read_claim(const From& in) {
  if (!in.has_agreement_key()) return std::nullopt;
  return AgreementClaim{in.agreement_key().key(), in.agreement_key().signature()};
}

template <class To>
void write_claim(const std::optional<AgreementClaim>& in, To* out) {
  if (!in) return;
  out->mutable_agreement_key()->set_key(in->key);
  out->mutable_agreement_key()->set_signature(in->signature);
}

template <class Fixed>
void put(const Fixed& in, std::string* out) {
  out->assign(as_text(in.view()));
}

template <class Fixed>
Fixed take(const std::string& in, const char* what) {
  const auto out = Fixed::from(in);
  if (!out) throw Malformed{what};
  return *out;
}

template <class Fixed>
Fixed take_or_zero(const std::string& in, const char* what) {
  return in.empty() ? Fixed{} : take<Fixed>(in, what);
}

BookCode book(const std::string& in) {
  if (in.empty() || in.size() > limits::kBookCodeBytesMax) throw Malformed{"book"};
  return in;
}

Tip read(const wire::Tip& in) {
  return {{take<DeviceId>(in.device(), "device"), {in.epoch()}},
          {in.number()},
          take<Hash>(in.head(), "head")};
}

Mark read(const wire::Mark& in) {
  return {{in.number()}, take_or_zero<EntryName>(in.name(), "name")};
}

template <class Tips>
VersionVector read_tips(const Tips& in) {
  if (in.size() > static_cast<int>(limits::kTipsMax)) throw Malformed{"too many tips"};
  VersionVector out;
  out.reserve(static_cast<size_t>(in.size()));
  for (const auto& tip : in) out.push_back(read(tip));
  return out;
}

// None, or those of all parts of a range, which then stand in the place of its tips.
std::vector<Hash> read_parts(const std::string& in, const VersionVector& tips) {
  std::vector<Hash> out;
  if (in.empty()) return out;
  if (in.size() != TipRange::kParts * Hash::kSize || !tips.empty()) throw Malformed{"parts"};
  for (size_t at = 0; at < in.size(); at += Hash::kSize) {
    out.push_back(take<Hash>(in.substr(at, Hash::kSize), "digest"));
  }
  return out;
}

VectorMessage read(const wire::Vector& in) {
  VectorMessage out{book(in.book()), read_tips(in.tips()), {in.range()}, {}};
  out.parts = read_parts(in.parts(), out.tips);
  const auto is_digit = [](char byte) { return static_cast<uint8_t>(byte) < TipRange::kParts; };
  const auto in_range = [&](const Tip& tip) { return out.range.contains(tip.head); };
  // Who has more in a range says its parts.
  const bool divides = in.range().size() < TipRange::kDigitsMax;
  if (in.range().size() > TipRange::kDigitsMax ||
      (divides && out.tips.size() > limits::kTipsListedMax) ||
      !std::all_of(in.range().begin(), in.range().end(), is_digit) ||
      !std::all_of(out.tips.begin(), out.tips.end(), in_range)) {
    throw Malformed{"range"};
  }
  return out;
}

template <class Books>
std::vector<BookDigest> read_digests(const Books& in) {
  if (in.size() > static_cast<int>(limits::kBooksMax)) throw Malformed{"too many books"};
  std::vector<BookDigest> out;
  for (const auto& item : in) {
    out.push_back({book(item.book()), take<Hash>(item.digest(), "digest")});
  }
  return out;
}

// What is told can be what somebody wrote: as much of it as the receiver takes, whole
// characters of UTF-8.
std::string cut(const std::string& text) {
  constexpr std::string_view kCutOff = "…";
  if (text.size() <= limits::kRefusalTextBytesMax) return text;
  size_t size = limits::kRefusalTextBytesMax - kCutOff.size();
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size) += kCutOff;
}

struct MessageWriter {
  wire::Message& out;

  void operator()(const Hello& in) {
    auto* to = out.mutable_hello();
    to->set_version_min(in.version_min);
    to->set_version_max(in.version_max);
    put(in.device, to->mutable_device());
    for (const auto& item : in.books) {
      auto* added = to->add_books();
      added->set_book(item.book);
      put(item.digest, added->mutable_digest());
    }
    to->set_software(in.software);
    write_claim(in.agreement_key, to);
  }
  void operator()(const Welcome& in) {
    auto* to = out.mutable_welcome();
    to->set_version(in.version);
    put(in.device, to->mutable_device());
    to->set_wall_ms(in.wall ? in.wall->ms : kNoWallMs);
    for (const auto& item : in.books) {
      auto* added = to->add_books();
      added->set_book(item.book);
      put(item.digest, added->mutable_digest());
      added->set_differs(item.differs);
      for (const Tip& tip : item.tips) write(tip, added->add_tips());
      for (const Hash& part : item.parts) added->mutable_parts()->append(as_text(part.view()));
    }
    to->set_software(in.software);
  }
  void operator()(const Refuse& in) {
    auto* to = out.mutable_refuse();
    to->set_reason(name_of(in.refusal.reason));
    to->set_text(cut(in.refusal.text));
    for (const auto& arg : in.refusal.args) {
      if (to->args_size() == static_cast<int>(limits::kRefusalArgsMax)) break;
      to->add_args(cut(arg));
    }
    to->set_book(in.book);
    if (!in.book.empty()) write(in.tip, to->mutable_tip());
  }
  void operator()(const VectorMessage& in) {
    auto* to = out.mutable_vector();
    to->set_book(in.book);
    for (const Tip& tip : in.tips) write(tip, to->add_tips());
    to->set_range(in.range.digits);
    for (const Hash& part : in.parts) to->mutable_parts()->append(as_text(part.view()));
  }
  void operator()(const Batch& in) {
    auto* to = out.mutable_entries();
    to->set_book(in.book);
    put(in.key, to->mutable_key());
    to->set_epoch(in.stream.epoch.value);
    to->set_first(in.first.value);
    if (in.first.value > 1) put(in.previous, to->mutable_previous());
    for (const auto& entry : in.entries) to->add_entry(entry);
    for (const auto& [index, digest] : in.erased) {
      auto* erased = to->add_erased();
      erased->set_index(static_cast<uint32_t>(index));
      put(digest, erased->mutable_digest());
    }
    put(in.signature, to->mutable_signature());
  }
  void operator()(const Receipt& in) {
    auto* to = out.mutable_acknowledge();
    to->set_book(in.book);
    for (const Tip& tip : in.tips) write(tip, to->add_tips());
    to->set_wall_ms(in.wall.ms);
    if (!in.signature.is_zero()) put(in.signature, to->mutable_signature());
    if (!in.headquarters.is_zero()) put(in.headquarters, to->mutable_headquarters());
  }
  void operator()(const Locate& in) {
    auto* to = out.mutable_locate();
    to->set_book(in.book);
    write(in.tip, to->mutable_tip());
    for (const Mark& mark : in.samples) write(mark, to->add_samples());
  }
  void operator()(const Located& in) {
    auto* to = out.mutable_located();
    to->set_book(in.book);
    write(in.tip, to->mutable_tip());
    write(in.mark, to->mutable_mark());
  }
  void operator()(const CaughtUp& in) {
    auto* to = out.mutable_caught_up();
    for (const auto& item : in.books) {
      auto* added = to->add_books();
      added->set_book(item.book);
      put(item.digest, added->mutable_digest());
    }
  }
  void operator()(const Ping& in) { out.mutable_ping()->set_nonce(in.nonce); }
  void operator()(const Pong& in) { out.mutable_pong()->set_nonce(in.nonce); }
  void operator()(const Goodbye& in) { out.mutable_goodbye()->set_reason(cut(in.reason)); }
  void operator()(const JoinRequest& in) {
    auto* to = out.mutable_join_request();
    to->set_secret(in.secret);
    put(in.key, to->mutable_key());
    to->set_name(in.name);
    put(in.proof, to->mutable_proof());
    write_claim(in.agreement_key, to);
  }
  void operator()(const JoinReply& in) {
    auto* to = out.mutable_join_reply();
    to->set_certificate(in.certificate);
    to->set_authority(in.authority);
    put(in.headquarters, to->mutable_headquarters());
    to->set_headquarters_name(in.headquarters_name);
    to->set_unit(in.unit);
  }
};

const std::string& bounded(const std::string& text, size_t bytes_max) {
  if (text.size() > bytes_max) throw Malformed{"a text too long"};
  return text;
}

Refusal read(const wire::Refuse& in) {
  if (in.args_size() > static_cast<int>(limits::kRefusalArgsMax)) throw Malformed{"args"};
  bounded(in.text(), limits::kRefusalTextBytesMax);
  for (const auto& arg : in.args()) bounded(arg, limits::kRefusalTextBytesMax);
  Refusal out{Reason::kMalformed, in.text(), {in.args().begin(), in.args().end()}};
  for (int i = 0; i <= static_cast<int>(Reason::kUsage); ++i) {
    if (in.reason() == name_of(static_cast<Reason>(i))) out.reason = static_cast<Reason>(i);
  }
  return out;
}

Batch read(const wire::Entries& in, std::vector<std::string> apart) {
  Batch out;
  out.book = book(in.book());
  out.key = take<PublicKey>(in.key(), "key");
  out.stream = {device_of(out.key), {in.epoch()}};
  out.first = {in.first()};
  if (in.first() == 0 || in.first() > limits::kSequenceMax) throw Malformed{"first"};
  if (in.first() > 1) out.previous = take<EntryName>(in.previous(), "previous");
  if (in.entry_size() > 0 && !apart.empty()) throw Malformed{"entries in two places"};
  out.entries = std::move(apart);
  if (out.entries.empty()) out.entries.assign(in.entry().begin(), in.entry().end());
  if (out.entries.empty()) throw Malformed{"no entries"};
  if (out.entries.size() > limits::kBatchEntriesMax) throw Malformed{"too many entries"};
  size_t bytes = 0;
  for (const auto& entry : out.entries) {
    if (entry.size() > limits::kEntryBytesMax) throw Malformed{"entry too long"};
    bytes += entry.size();
  }
  // What is longer could be kept here and never be given on.
  if (bytes > limits::kBatchBytesMax) throw Malformed{"too many bytes of entries"};
  for (const auto& erased : in.erased()) {
    const size_t index = erased.index();
    if (index >= out.entries.size() || !out.entries[index].empty()) throw Malformed{"erased"};
    const auto digest = take<Hash>(erased.digest(), "digest");
    if (!out.erased.emplace(index, digest).second) throw Malformed{"erased twice"};
  }
  out.signature = take<Signature>(in.signature(), "signature");
  return out;
}

Welcome read(const wire::Welcome& in) {
  Welcome out{in.version(), take<DeviceId>(in.device(), "device"), {}, {}, in.software()};
  if (in.wall_ms() != kNoWallMs) out.wall = Instant{in.wall_ms()};
  if (in.books_size() > static_cast<int>(limits::kBooksMax)) throw Malformed{"too many books"};
  for (const auto& item : in.books()) {
    BookOffer& offer =
        out.books.emplace_back(BookOffer{book(item.book()), take<Hash>(item.digest(), "digest"),
                                         item.differs(), read_tips(item.tips())});
    if (offer.tips.size() > limits::kTipsListedMax) throw Malformed{"too many tips"};
    offer.parts = read_parts(item.parts(), offer.tips);
  }
  return out;
}

Message read(const wire::Message& in, std::vector<std::string> entries) {
  if (!entries.empty() && !in.has_entries()) throw Malformed{"entries of no batch"};
  switch (in.body_case()) {
    case wire::Message::kHello: {
      const auto& from = in.hello();
      return Hello{.version_min = from.version_min(),
                   .version_max = from.version_max(),
                   .device = take<DeviceId>(from.device(), "device"),
                   .books = read_digests(from.books()),
                   .software = from.software(),
                   .agreement_key = read_claim(from)};
    }
    case wire::Message::kWelcome: return read(in.welcome());
    case wire::Message::kRefuse: {
      const auto& from = in.refuse();
      return Refuse{read(from), from.book(), from.book().empty() ? Tip{} : read(from.tip())};
    }
    case wire::Message::kVector: return read(in.vector());
    case wire::Message::kEntries: return read(in.entries(), std::move(entries));
    case wire::Message::kAcknowledge: {
      const auto& from = in.acknowledge();
      return Receipt{book(from.book()),
                     read_tips(from.tips()),
                     {from.wall_ms()},
                     take_or_zero<Signature>(from.signature(), "signature"),
                     take_or_zero<HeadquartersId>(from.headquarters(), "headquarters")};
    }
    case wire::Message::kLocate: {
      const auto& from = in.locate();
      if (from.samples_size() > static_cast<int>(limits::kLocatorMax)) throw Malformed{"samples"};
      Locate out{book(from.book()), read(from.tip()), {}};
      for (const auto& mark : from.samples()) out.samples.push_back(read(mark));
      return out;
    }
    case wire::Message::kLocated:
      return Located{book(in.located().book()), read(in.located().tip()),
                     read(in.located().mark())};
    case wire::Message::kCaughtUp: return CaughtUp{read_digests(in.caught_up().books())};
    case wire::Message::kPing: return Ping{in.ping().nonce()};
    case wire::Message::kPong: return Pong{in.pong().nonce()};
    case wire::Message::kGoodbye:
      return Goodbye{bounded(in.goodbye().reason(), limits::kRefusalTextBytesMax)};
    case wire::Message::kJoinRequest: {
      const auto& from = in.join_request();
      if (from.name().size() > limits::kPersonBytesMax) throw Malformed{"name"};
      return JoinRequest{bounded(from.secret(), limits::kSecretBytesMax),
                         take<PublicKey>(from.key(), "key"), from.name(),
                         take<Signature>(from.proof(), "proof"), read_claim(from)};
    }
    case wire::Message::kJoinReply: {
      const auto& from = in.join_reply();
      return JoinReply{from.certificate(), from.authority(),
                       take<PublicKey>(from.headquarters(), "headquarters"),
                       from.headquarters_name(), book(from.unit())};
    }
    case wire::Message::BODY_NOT_SET: break;
  }
  throw Malformed{"unknown type of message"};
}

}  // namespace

std::string encode(const Message& message) {
  google::protobuf::Arena arena;
  auto* out = google::protobuf::Arena::CreateMessage<wire::Message>(&arena);
  std::visit(MessageWriter{*out}, message);
  return out->SerializeAsString();
}

Refusal malformed_message(const char* what) {
  return {Reason::kMalformed, N_("a message is malformed: {}"), {what}};
}

Result<Message> decode_message(BytesView bytes, std::vector<std::string> entries) {
  if (bytes.size() > limits::kMessageBytesMax) {
    return Refusal{Reason::kTooLarge,
                   N_("a message is longer than {} bytes"),
                   {std::to_string(limits::kMessageBytesMax)}};
  }
  // It would write a line for every text of a peer's that is no UTF-8.
  [[maybe_unused]] static auto* const silenced = google::protobuf::SetLogHandler(nullptr);
  google::protobuf::Arena arena;
  auto* in = google::protobuf::Arena::CreateMessage<wire::Message>(&arena);
  if (!in->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return malformed_message("bytes");
  try {
    return read(*in, std::move(entries));
  } catch (const Malformed& problem) {
    return malformed_message(problem.what);
  }
}

std::string receipt_message(const Receipt& receipt) {
  wire::Acknowledge signed_part;
  signed_part.set_book(receipt.book);
  for (const Tip& tip : receipt.tips) write(tip, signed_part.add_tips());
  signed_part.set_wall_ms(receipt.wall.ms);
  if (receipt.headquarters.is_zero()) {
    return "sitelog receipt 1\n" + signed_part.SerializeAsString();
  }
  put(receipt.headquarters, signed_part.mutable_headquarters());
  return "sitelog receipt 2\n" + signed_part.SerializeAsString();
}

}  // namespace sitelog
