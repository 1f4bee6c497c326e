#include "sync/session/framing.hpp"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "sync/ledger/limits.hpp"
#include "sync/session/entry_columns.hpp"
#include "sync/session/varint.hpp"

namespace sitelog {

namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kHeadBytes = kLengthBytes + 1;
constexpr size_t kPackedFrom = 256;   // shorter messages gain nothing
constexpr size_t kSmall = 32 * 1024;  // costs little at any level
constexpr int kCompressionLevelSmall = 12;
// What is larger is compressed fast, but with matches of four bytes and a table to remember them
// all: on columns that comes within 1 % of greedy matching at three quarters of its time. No level
// does it: the fast ones match from five or six bytes on, which costs a quarter in size.
constexpr std::pair<ZSTD_cParameter, int> kLarge[] = {
    {ZSTD_c_compressionLevel, 4},
    {ZSTD_c_strategy, ZSTD_fast},
    {ZSTD_c_minMatch, 4},
    {ZSTD_c_hashLog, 17},
};
enum Packing : uint8_t { kPlain = 0, kZstd = 1, kColumns = 2 };

size_t bytes_of(const std::vector<std::string>& entries) {
  size_t out = 0;
  for (const auto& entry : entries) out += entry.size();
  return out;
}

// The message without its entries behind its length, then those by column; nothing where they
// can't be put so.
std::optional<std::string> by_columns(const Batch& batch) {
  const auto columns = to_columns(batch.entries);
  if (!columns) return std::nullopt;
  const std::string rest = encode(Batch{.book = batch.book,
                                        .stream = batch.stream,
                                        .key = batch.key,
                                        .first = batch.first,
                                        .previous = batch.previous,
                                        .entries = {},
                                        .erased = batch.erased,
                                        .signature = batch.signature});
  std::string out;
  put_varint(out, rest.size());
  return out + rest + *columns;
}

// The other way round. Nothing where that is malformed or gets too long.
struct Rest {
  std::string_view message;          // without its entries
  std::vector<std::string> entries;  // those
};
std::optional<Rest> from_columns_and_rest(std::string_view packed) {
  size_t rest_size = 0;
  for (unsigned shift = 0;; shift += 7) {
    if (packed.empty() || shift > 21) return std::nullopt;
    const auto byte = static_cast<uint8_t>(packed.front());
    packed.remove_prefix(1);
    rest_size |= size_t{byte & 0x7fU} << shift;
    if (byte < 0x80) break;
  }
  if (rest_size > packed.size()) return std::nullopt;
  auto entries = from_columns(packed.substr(rest_size), limits::kMessageBytesMax);
  if (!entries || entries->empty()) return std::nullopt;
  return Rest{packed.substr(0, rest_size), std::move(*entries)};
}

std::string with_head(std::string frame, Packing packing) {
  const auto length = static_cast<uint32_t>(frame.size() - kLengthBytes);
  for (size_t i = 0; i < kLengthBytes; ++i) frame[i] = static_cast<char>(length >> (24 - 8 * i));
  frame[kLengthBytes] = static_cast<char>(packing);
  return frame;
}

struct Freed {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// What was packed; nothing, and why, where it can't be read or is longer than a message may be.
std::optional<std::string> unpack(std::string_view packed, std::string_view dictionary,
                                  const char*& why) {
  // One for all readers of a thread: thousands of them lie idle.
  static thread_local const std::unique_ptr<ZSTD_DCtx, Freed> context(ZSTD_createDCtx());
  const auto told = ZSTD_getFrameContentSize(packed.data(), packed.size());
  const bool known = told != ZSTD_CONTENTSIZE_UNKNOWN && told != ZSTD_CONTENTSIZE_ERROR &&
                     told <= limits::kMessageBytesMax;
  for (size_t room = known ? std::max<size_t>(told, 1) : limits::kMessageBytesMax;;
       room = limits::kMessageBytesMax) {
    std::string out(room, '\0');
    const size_t size =
        ZSTD_decompress_usingDict(context.get(), out.data(), out.size(), packed.data(),
                                  packed.size(), dictionary.data(), dictionary.size());
    if (!ZSTD_isError(size)) {
      out.resize(size);
      return out;
    }
    why = ZSTD_getErrorName(size);
    // Several frames one behind the other, of which the first told its own size only.
    if (room == limits::kMessageBytesMax) return std::nullopt;
  }
}

Refusal malformed(const char* why) {
  return {Reason::kMalformed, N_("a frame is malformed: {}"), {why}};
}

Result<Message> read_body(uint8_t packing, std::string_view body, size_t& size) {
  size = body.size();
  if (packing == kPlain) return decode_message(as_bytes(body));
  if (packing != kZstd && packing != kColumns) return malformed("packing");
  const char* why = "";
  const auto plain =
      unpack(body, packing == kColumns ? columns_dictionary() : std::string_view(), why);
  if (!plain) return malformed(why);
  if (packing == kZstd) {
    size = plain->size();
    return decode_message(as_bytes(*plain));
  }
  auto parts = from_columns_and_rest(*plain);
  if (!parts) return malformed("columns");
  size = parts->message.size() + bytes_of(parts->entries);
  return decode_message(as_bytes(parts->message), std::move(parts->entries));
}

}  // namespace

struct FrameWriter::Context {
  std::unique_ptr<ZSTD_CCtx, Freed> zstd{ZSTD_createCCtx()};

  // Behind room for the frame's head. Nothing where it would not get shorter than `size`.
  std::optional<std::string> pack(std::string_view plain, std::string_view dictionary,
                                  size_t size) const {
    std::string out(kHeadBytes + ZSTD_compressBound(plain.size()), '\0');
    ZSTD_CCtx_reset(zstd.get(), ZSTD_reset_session_and_parameters);
    if (plain.size() < kSmall) {
      ZSTD_CCtx_setParameter(zstd.get(), ZSTD_c_compressionLevel, kCompressionLevelSmall);
    } else {
      for (const auto& [name, value] : kLarge) ZSTD_CCtx_setParameter(zstd.get(), name, value);
    }
    ZSTD_CCtx_refPrefix(zstd.get(), dictionary.data(), dictionary.size());
    const size_t packed = ZSTD_compress2(zstd.get(), out.data() + kHeadBytes,
                                         out.size() - kHeadBytes, plain.data(), plain.size());
    if (ZSTD_isError(packed) || packed >= size) return std::nullopt;
    out.resize(kHeadBytes + packed);
    return out;
  }
};

FrameWriter::FrameWriter() : context_(new Context) {}
FrameWriter::~FrameWriter() = default;

std::string FrameWriter::frame(const Message& message) {
  if (const auto* batch = std::get_if<Batch>(&message)) {
    const auto columns = by_columns(*batch);
    if (columns && columns->size() >= kPackedFrom && columns->size() <= limits::kMessageBytesMax) {
      auto packed = context_->pack(*columns, columns_dictionary(), bytes_of(batch->entries));
      if (packed) return with_head(std::move(*packed), kColumns);
    }
  }
  const std::string plain = encode(message);
  SITELOG_ASSERT(plain.size() <= limits::kMessageBytesMax);
  // Of whom it is not known yet who it is nothing packed is taken.
  const bool first_word =
      std::holds_alternative<Hello>(message) || std::holds_alternative<JoinRequest>(message);
  if (plain.size() >= kPackedFrom && !first_word) {
    auto packed = context_->pack(plain, {}, plain.size());
    if (packed) return with_head(std::move(*packed), kZstd);
  }
  return with_head(std::string(kHeadBytes, '\0') + plain, kPlain);
}

Result<std::optional<Message>> FrameReader::next() {
  if (waiting_.size() - at_ < kLengthBytes) {
    // What was read already makes room for what is to come.
    waiting_.erase(0, std::exchange(at_, 0));
    return std::optional<Message>();
  }
  uint32_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) {
    length = length << 8 | static_cast<uint8_t>(waiting_[at_ + i]);
  }
  const size_t most = distrusted_.value_or(limits::kFrameBytesMax);
  if (length > most) {
    return Refusal{Reason::kTooLarge,
                   N_("a frame of {} bytes is past the limit of {}"),
                   {std::to_string(length), std::to_string(most)}};
  }
  if (length < 2) return malformed("empty");
  if (waiting_.size() - at_ - kLengthBytes < length) {
    waiting_.erase(0, std::exchange(at_, 0));
    return std::optional<Message>();
  }
  const std::string_view body(waiting_.data() + at_ + kLengthBytes, length);
  if (distrusted_ && body[0] != kPlain) return malformed("packing");
  auto message = read_body(static_cast<uint8_t>(body[0]), body.substr(1), message_bytes_);
  at_ += kLengthBytes + length;
  if (at_ == waiting_.size()) {
    std::string().swap(waiting_);  // a silent connection keeps nothing
    at_ = 0;
  }
  if (!message) return message.refusal();
  return std::optional<Message>(std::move(*message));
}

}  // namespace sitelog
