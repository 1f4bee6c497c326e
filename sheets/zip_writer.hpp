#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sitelog {

// An archive (ZIP, APPNOTE 6.3) written from its beginning to its end, whatever it holds, in little
// memory: files one behind the other, each compressed fast as it comes. The same content gives the
// same bytes. One thread at a time. Throws what the sink throws.
class ZipWriter {
 public:
  using Sink = std::function<void(std::string_view bytes)>;
  explicit ZipWriter(Sink sink);
  ~ZipWriter();
  ZipWriter(const ZipWriter&) = delete;
  ZipWriter& operator=(const ZipWriter&) = delete;

  void begin(const std::string& name);
  // False past what a file of such an archive, or the archive, may hold: 4 GiB.
  [[nodiscard]] bool add(std::string_view content);
  void end();
  void finish();

 private:
  struct File {
    std::string name;
    uint32_t checksum = 0;
    uint64_t packed = 0, plain = 0, at = 0;
  };
  struct Deflater;
  void put(std::string_view bytes);
  void deflate(std::string_view content, bool last);

  Sink sink_;
  std::unique_ptr<Deflater> deflater_;
  std::vector<File> files_;
  std::string room_;
  uint64_t written_ = 0;
};

}  // namespace sitelog
