#include "sheets/zip_writer.hpp"

#include <zlib.h>

#include <limits>
#include <new>

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

struct ZipWriter::Deflater {
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

ZipWriter::ZipWriter(Sink sink)
    : sink_(std::move(sink)), deflater_(std::make_unique<Deflater>()), room_(kRoom, '\0') {}

ZipWriter::~ZipWriter() = default;

void ZipWriter::put(std::string_view bytes) {
  sink_(bytes);
  written_ += bytes.size();
}

void ZipWriter::begin(const std::string& name) {
  files_.push_back({.name = name, .at = written_});
  ::deflateReset(&deflater_->stream);
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

void ZipWriter::deflate(std::string_view content, bool last) {
  z_stream& stream = deflater_->stream;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  do {
    stream.next_out = reinterpret_cast<Bytef*>(room_.data());
    stream.avail_out = static_cast<uInt>(room_.size());
    const int done = ::deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
    SITELOG_ASSERT(done != Z_STREAM_ERROR);
    const size_t size = room_.size() - stream.avail_out;
    if (size > 0) put(std::string_view(room_).substr(0, size));
    files_.back().packed += size;
  } while (stream.avail_out == 0);
}

bool ZipWriter::add(std::string_view content) {
  File& file = files_.back();
  while (!content.empty()) {
    const auto part = content.substr(0, kRoom);
    if (file.plain + part.size() > kMost || written_ + kLeft > kMost) return false;
    file.plain += part.size();
    file.checksum =
        static_cast<uint32_t>(::crc32(file.checksum, reinterpret_cast<const Bytef*>(part.data()),
                                      static_cast<uInt>(part.size())));
    deflate(part, false);
    content.remove_prefix(part.size());
  }
  return true;
}

void ZipWriter::end() {
  deflate({}, true);
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
