#include "sync/session/framing.hpp"

#include <zstd.h>

#include "sync/ledger/limits.hpp"

namespace sitelog {

namespace {
constexpr size_t kHeaderBytes = 4;
constexpr size_t kPackedFrom = 256;  // shorter messages gain nothing
constexpr int kCompressionLevel = 3;
enum Packing : uint8_t { kPlain = 0, kZstd = 1 };
}  // namespace

struct FrameWriter::Context {
  ZSTD_CCtx* zstd = ZSTD_createCCtx();
};

FrameWriter::FrameWriter() : context_(new Context) {}
FrameWriter::~FrameWriter() {
  ZSTD_freeCCtx(context_->zstd);
  delete context_;
}

std::string FrameWriter::frame(const Message& message) {
  const std::string plain = encode(message);
  SITELOG_ASSERT(plain.size() <= limits::kMessageBytesMax);
  std::string out(kHeaderBytes + 1, '\0');
  Packing packing = kPlain;
  if (plain.size() >= kPackedFrom) {
    out.resize(kHeaderBytes + 1 + ZSTD_compressBound(plain.size()));
    const size_t packed = ZSTD_compressCCtx(context_->zstd, out.data() + kHeaderBytes + 1,
                                            out.size() - kHeaderBytes - 1, plain.data(),
                                            plain.size(), kCompressionLevel);
    if (!ZSTD_isError(packed) && packed < plain.size()) {
      packing = kZstd;
      out.resize(kHeaderBytes + 1 + packed);
    }
  }
  if (packing == kPlain) {
    out.resize(kHeaderBytes + 1);
    out += plain;
  }
  const auto length = static_cast<uint32_t>(out.size() - kHeaderBytes);
  for (size_t i = 0; i < kHeaderBytes; ++i) out[i] = static_cast<char>(length >> (24 - 8 * i));
  out[kHeaderBytes] = static_cast<char>(packing);
  return out;
}

struct FrameReader::Context {
  ZSTD_DCtx* zstd = ZSTD_createDCtx();
};

FrameReader::FrameReader() : context_(new Context) {}
FrameReader::~FrameReader() {
  ZSTD_freeDCtx(context_->zstd);
  delete context_;
}

Result<std::optional<Message>> FrameReader::next() {
  if (waiting_.size() - at_ < kHeaderBytes) {
    // What was read already makes room for what is to come.
    waiting_.erase(0, std::exchange(at_, 0));
    return std::optional<Message>();
  }
  uint32_t length = 0;
  for (size_t i = 0; i < kHeaderBytes; ++i) {
    length = length << 8 | static_cast<uint8_t>(waiting_[at_ + i]);
  }
  if (length > limits::kFrameBytesMax) {
    return Refusal{Reason::kTooLarge,
                   N_("a frame of {} bytes is past the limit of {}"),
                   {std::to_string(length), std::to_string(limits::kFrameBytesMax)}};
  }
  if (length < 2) return Refusal{Reason::kMalformed, N_("a frame is malformed: {}"), {"empty"}};
  if (waiting_.size() - at_ - kHeaderBytes < length) {
    waiting_.erase(0, std::exchange(at_, 0));
    return std::optional<Message>();
  }
  const std::string_view body(waiting_.data() + at_ + kHeaderBytes, length);
  const std::string_view packed = body.substr(1);
  std::string_view plain = packed;
  if (body[0] == kZstd) {
    unpacked_.resize(limits::kMessageBytesMax);
    const size_t size = ZSTD_decompressDCtx(context_->zstd, unpacked_.data(), unpacked_.size(),
                                            packed.data(), packed.size());
    if (ZSTD_isError(size)) {
      return Refusal{Reason::kMalformed, N_("a frame is malformed: {}"), {ZSTD_getErrorName(size)}};
    }
    plain = std::string_view(unpacked_.data(), size);
  } else if (body[0] != kPlain) {
    return Refusal{Reason::kMalformed, N_("a frame is malformed: {}"), {"packing"}};
  }
  auto message = decode_message(as_bytes(plain));
  at_ += kHeaderBytes + length;
  if (at_ == waiting_.size()) {
    waiting_.clear();
    at_ = 0;
  }
  if (!message) return message.refusal();
  return std::optional<Message>(std::move(*message));
}

}  // namespace sitelog
