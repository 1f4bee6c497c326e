#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sitelog {

// A part of a file in an archive, compressed by itself: it says nothing of what stands before it.
struct ZipPiece {
  std::string packed;
  uint64_t plain = 0;     // bytes
  uint32_t checksum = 0;  // CRC-32 of these
};

// Compresses pieces fast, one after the other, in memory for what they come to. The same content
// gives the same bytes. One thread at a time.
class ZipPacker {
 public:
  ZipPacker();
  ~ZipPacker();
  ZipPacker(const ZipPacker&) = delete;
  ZipPacker& operator=(const ZipPacker&) = delete;

  void add(std::string_view content);
  // What was added since the last one.
  ZipPiece take();

 private:
  struct Deflater;
  void deflate(std::string_view content, int flush);

  std::unique_ptr<Deflater> deflater_;
  std::string room_;
  ZipPiece piece_;
};

// An archive (ZIP, APPNOTE 6.3) written from its beginning to its end, whatever it holds, in little
// memory: files one behind the other, in pieces that several threads may have packed. One thread at
// a time. Throws what the sink throws.
class ZipWriter {
 public:
  using Sink = std::function<void(std::string_view bytes)>;
  explicit ZipWriter(Sink sink);

  void begin(const std::string& name);
  // False past what a file of such an archive, or the archive, may hold: 4 GiB.
  [[nodiscard]] bool add(const ZipPiece& piece);
  [[nodiscard]] bool add(std::string_view content);
  void end();
  void finish();

 private:
  struct File {
    std::string name;
    uint32_t checksum = 0;
    uint64_t packed = 0, plain = 0, at = 0;
  };
  void put(std::string_view bytes);

  Sink sink_;
  ZipPacker packer_;
  std::vector<File> files_;
  uint64_t written_ = 0;
};

}  // namespace sitelog
