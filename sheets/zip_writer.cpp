#include "sheets/zip_writer.hpp"

#include <zlib.h>

#include <limits>
#include <new>
#include <utility>

#include "sync/ledger/result.hpp"

namespace sitelog {

namespace {

constexpr size_t kRoom = 256 * 1024;
constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
constexpr uint64_t kLeft = 1024 * 1024;  // for the list of what there is

// Level 1: the default takes three times as long for a tenth less. Raw, without a head of its own.
constexpr int kLevel = 1;
constexpr int kWindow = -15;
constexpr int kMemory = 9;

constexpr uint16_t kVersion = 20;
constexpr uint16_t kFlags = 0x0808;  // sizes come behind the content; names are UTF-8
constexpr uint16_t kDeflated = 8;
constexpr uint16_t kDay = 0x0021;  // 1980-01-01, the first that there is

class Fields {
 public:
  Fields& two(uint64_t value) { return number<2>(value); }
  Fields& four(uint64_t value) { return number<4>(value); }
  Fields& text(std::string_view value) {
    out_ += value;
    return *this;
  }
  std::string_view bytes() const { return out_; }

 private:
  template <size_t size>
  Fields& number(uint64_t value) {
    for (size_t i = 0; i < size; ++i) out_ += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
  std::string out_;
};

}  // namespace

struct ZipPacker::Deflater {
  Deflater() {
    if (::deflateInit2(&stream, kLevel, Z_DEFLATED, kWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Deflater() { ::deflateEnd(&stream); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  z_stream stream{};
};

ZipPacker::ZipPacker() : deflater_(std::make_unique<Deflater>()), room_(kRoom, '\0') {}

ZipPacker::~ZipPacker() = default;

void ZipPacker::deflate(std::string_view content, int flush) {
  z_stream& stream = deflater_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(room_.data());
    stream.avail_out = static_cast<uInt>(room_.size());
    const int done = ::deflate(&stream, flush);
    SITELOG_ASSERT(done != Z_STREAM_ERROR);
    piece_.packed.append(room_, 0, room_.size() - stream.avail_out);
  } while (stream.avail_out == 0);
}

void ZipPacker::add(std::string_view content) {
  while (!content.empty()) {
    const auto part = content.substr(0, kRoom);
    piece_.plain += part.size();
    piece_.checksum =
        static_cast<uint32_t>(::crc32(piece_.checksum, reinterpret_cast<const Bytef*>(part.data()),
                                      static_cast<uInt>(part.size())));
    deflate(part, Z_NO_FLUSH);
    content.remove_prefix(part.size());
  }
}

// Ends at a whole byte, so that any other can follow.
ZipPiece ZipPacker::take() {
  if (piece_.plain > 0) deflate({}, Z_SYNC_FLUSH);
  ::deflateReset(&deflater_->stream);
  return std::exchange(piece_, {});
}

ZipWriter::ZipWriter(Sink sink) : sink_(std::move(sink)) {}

void ZipWriter::put(std::string_view bytes) {
  sink_(bytes);
  written_ += bytes.size();
}

void ZipWriter::begin(const std::string& name) {
  files_.push_back({.name = name, .at = written_});
  put(Fields()
          .text("PK\x03\x04")
          .two(kVersion)
          .two(kFlags)
          .two(kDeflated)
          .two(0)
          .two(kDay)
          .four(0)
          .four(0)
          .four(0)
          .two(name.size())
          .two(0)
          .text(name)
          .bytes());
}

bool ZipWriter::add(const ZipPiece& piece) {
  File& file = files_.back();
  const auto fits = [](uint64_t size, uint64_t more) {
    return more <= kMost && size + more <= kMost;
  };
  if (!fits(file.plain, piece.plain) || !fits(written_ + kLeft, piece.packed.size())) return false;
  file.checksum = static_cast<uint32_t>(
      ::crc32_combine(file.checksum, piece.checksum, static_cast<z_off_t>(piece.plain)));
  file.plain += piece.plain;
  file.packed += piece.packed.size();
  put(piece.packed);
  return true;
}

bool ZipWriter::add(std::string_view content) {
  packer_.add(content);
  return add(packer_.take());
}

void ZipWriter::end() {
  constexpr std::string_view kLast("\x03\x00", 2);  // a last block, without content
  put(kLast);
  files_.back().packed += kLast.size();
  const File& file = files_.back();
  put(Fields().text("PK\x07\x08").four(file.checksum).four(file.packed).four(file.plain).bytes());
}

void ZipWriter::finish() {
  const uint64_t begin = written_;
  for (const File& file : files_) {
    put(Fields()
            .text("PK\x01\x02")
            .two(kVersion)
            .two(kVersion)
            .two(kFlags)
            .two(kDeflated)
            .two(0)
            .two(kDay)
            .four(file.checksum)
            .four(file.packed)
            .four(file.plain)
            .two(file.name.size())
            .two(0)
            .two(0)
            .two(0)
            .two(0)
            .four(0)
            .four(file.at)
            .text(file.name)
            .bytes());
  }
  const uint64_t size = written_ - begin;
  put(Fields()
          .text("PK\x05\x06")
          .two(0)
          .two(0)
          .two(files_.size())
          .two(files_.size())
          .four(size)
          .four(begin)
          .two(0)
          .bytes());
}

}  // namespace sitelog
