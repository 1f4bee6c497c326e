#include "sheets/zip_writer.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "sheets/zip_archive.hpp"

using namespace sitelog;

namespace {

std::string unpacked(const std::string& bytes, const std::string& name) {
  auto archive = ZipArchive::open(bytes);
  REQUIRE(archive);
  std::string out;
  REQUIRE(archive->read(name, [&](std::string_view piece) {
    out += piece;
    return true;
  }));
  return out;
}

}  // namespace

TEST_CASE("an archive reads back as it was written, in whatever pieces that was") {
  std::mt19937_64 dice(3);
  std::string noise(700'000, '\0');
  for (char& byte : noise) byte = static_cast<char>(dice());
  const std::vector<std::pair<std::string, std::string>> files{{"a.xml", "<a/>"},
                                                               {"xl/空.xml", ""},
                                                               {"xl/b.bin", noise},
                                                               {"c", std::string(1'000'000, 'x')}};
  const auto write = [&](size_t piece) {
    std::string out;
    ZipWriter archive([&](std::string_view bytes) { out += bytes; });
    for (const auto& [name, content] : files) {
      archive.begin(name);
      for (size_t at = 0; at < content.size(); at += piece) {
        REQUIRE(archive.add(std::string_view(content).substr(at, piece)));
      }
      archive.end();
    }
    archive.finish();
    return out;
  };
  for (const size_t piece : {size_t{7'777}, size_t{300'000}, size_t{2'000'000}}) {
    const std::string bytes = write(piece);
    for (const auto& [name, content] : files) CHECK(unpacked(bytes, name) == content);
    CHECK(bytes.size() < noise.size() + 20'000);
    CHECK(write(piece) == bytes);
  }
}

TEST_CASE("pieces that several have packed are one file, whatever each of them holds") {
  std::mt19937_64 dice(5);
  std::vector<std::string> contents{"", std::string(900'000, 'x'), "", "<a/>", "<a/>"};
  for (char& byte : contents.emplace_back(300'000, '\0')) byte = static_cast<char>(dice());
  ZipPacker one, other;
  std::string out, right;
  ZipWriter archive([&](std::string_view bytes) { out += bytes; });
  archive.begin("of pieces");
  for (size_t i = 0; i < 40; ++i) {
    const std::string& content = contents[dice() % contents.size()];
    ZipPacker& packer = i % 3 == 0 ? one : other;
    const size_t half = content.size() / 2;
    packer.add(std::string_view(content).substr(0, half));
    packer.add(std::string_view(content).substr(half));
    const ZipPiece piece = packer.take();
    CHECK(piece.plain == content.size());
    REQUIRE(archive.add(piece));
    right += content;
  }
  archive.end();
  archive.begin("of none");
  archive.end();
  archive.finish();
  CHECK(unpacked(out, "of pieces") == right);
  CHECK(unpacked(out, "of none").empty());
}

TEST_CASE("a file past what an archive can say of its size is refused") {
  ZipWriter archive([](std::string_view) {});
  archive.begin("large");
  ZipPiece piece{"x", uint64_t{3} << 30, 0};
  CHECK(archive.add(piece));
  CHECK_FALSE(archive.add(piece));
  piece.plain = (uint64_t{1} << 30) - 1;
  CHECK(archive.add(piece));
  piece.plain = 1;
  CHECK_FALSE(archive.add(piece));
}

TEST_CASE("an archive without files is one") {
  std::string out;
  ZipWriter archive([&](std::string_view bytes) { out += bytes; });
  archive.finish();
  CHECK(out.size() == 22);
}
