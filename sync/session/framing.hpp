#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sync/ledger/result.hpp"
#include "sync/session/message.hpp"

namespace sitelog {

// A frame: four bytes of length, big-endian, of what follows; one byte that says how the message
// is packed (0 as it is, 1 zstd, 2 its entries by column and then zstd); the message. Every frame
// can be read by itself, so frames may be lost, repeated and carried on any medium. Not for two
// threads.
class FrameWriter {
 public:
  FrameWriter();
  ~FrameWriter();
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  std::string frame(const Message& message);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Cuts arriving bytes into messages; keeps those of the frame that is not whole yet, nothing else.
// After a refusal the source can't be trusted any further.
class FrameReader {
 public:
  void add(BytesView bytes) { waiting_.append(as_text(bytes)); }
  // The next whole message; nothing where more bytes are needed. Refuses (kTooLarge, kMalformed).
  Result<std::optional<Message>> next();
  // From the next frame on: none longer, and none that is packed. Of whom it is not known yet who
  // it is; `trust` takes that back.
  void distrust(size_t frame_bytes_max) { distrusted_ = frame_bytes_max; }
  void trust() { distrusted_.reset(); }
  size_t waiting() const { return waiting_.size() - at_; }
  // Of the last message, unpacked.
  size_t message_bytes() const { return message_bytes_; }

 private:
  std::string waiting_;
  size_t at_ = 0;
  size_t message_bytes_ = 0;
  std::optional<size_t> distrusted_;
};

}  // namespace sitelog
