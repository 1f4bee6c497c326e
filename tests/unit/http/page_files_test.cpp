#include "http/page_files.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "http/limits.hpp"
#include "tests/support/folder.hpp"

using namespace sitelog;
namespace fs = std::filesystem;

namespace {

// A page as its builder leaves it.
class Installed {
 public:
  Installed() {
    put("index.html", "<!doctype html>页");
    put("assets/main-1a2b.js", "plain");
    put("assets/main-1a2b.js.br", "brotli");
    put("assets/main-1a2b.js.gz", "gzip");
  }
  void put(const std::string& name, const std::string& content) {
    const fs::path path = fs::path(folder_.path()) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  fs::path path() const { return folder_.path(); }
  Result<PageFiles> read() {
    left_out.clear();
    return PageFiles::read(folder_.path(), left_out);
  }
  std::vector<std::string> left_out;

 private:
  TemporaryFolder folder_;
};

Response ask(const PageFiles& files, const std::string& path,
             std::vector<std::pair<std::string, std::string>> fields = {}) {
  RequestHead head;
  head.fields = std::move(fields);
  return files.answer(path, head, Language::kEnglish);
}

std::string field(const Response& response, const std::string& name) {
  for (const auto& [key, value] : response.fields) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace

TEST_CASE("a file comes packed as the reader would have it most, and whole where it would not") {
  const auto files = Installed().read();
  REQUIRE(files);
  const auto coding = [&](const std::string& accepted) {
    const Response got = ask(*files, "assets/main-1a2b.js", {{"accept-encoding", accepted}});
    CHECK(field(got, "Vary") == "Accept-Encoding");
    CHECK(got.type == "text/javascript");
    const std::string said = field(got, "Content-Encoding");
    CHECK(got.bytes() == (said == "br" ? "brotli" : said == "gzip" ? "gzip" : "plain"));
    return said;
  };
  for (const char* brotli : {"br", "gzip, deflate, br", "BR;q=0.1", "*", "gzip;q=0.5,br;q=0.5"}) {
    CHECK(coding(brotli) == "br");
  }
  for (const char* gzip :
       {"gzip", "gzip, deflate", "br;q=0, gzip", "br;q=0.2,gzip;q=0.3", "br;q=0,*"}) {
    CHECK(coding(gzip) == "gzip");
  }
  for (const char* whole :
       {"", "identity", "deflate", "br;q=0, gzip;q=0", "*;q=0", "br;q=x", "brotli"}) {
    CHECK(coding(whole).empty());
  }
}

TEST_CASE(
    "addresses of the page's own are its index; a missing asset is none, packed ones have no "
    "address") {
  const auto files = Installed().read();
  REQUIRE(files);
  for (const char* path :
       {"", "index.html", "records/0190@ab12", "assets", "../etc/passwd", "设置"}) {
    const Response got = ask(*files, path);
    CHECK(got.status == 200);
    CHECK(got.type == "text/html");
    CHECK(got.cache == "no-cache");
    CHECK(got.content == Content::kInstalledPage);
    CHECK(got.bytes() == "<!doctype html>页");
  }
  CHECK(ask(*files, "assets/main-1a2b.js").cache == "public, max-age=31536000, immutable");
  for (const char* path :
       {"assets/old.js", "assets/", "assets/main-1a2b.js.br", "assets/../index.html"}) {
    const Response got = ask(*files, path);
    CHECK(got.status == 404);
    CHECK(got.cache == "no-store");
  }
}

TEST_CASE("a reader who has just this is told so; packed otherwise it is another") {
  Installed installed;
  const auto before = installed.read();
  REQUIRE(before);
  const std::string tag = field(ask(*before, "records"), "ETag");
  CHECK(tag.starts_with('"'));
  const Response same = ask(*before, "", {{"if-none-match", tag}});
  CHECK(same.status == 304);
  CHECK(same.bytes().empty());
  CHECK(field(same, "ETag") == tag);
  CHECK(field(same, "Vary") == "Accept-Encoding");
  const auto of_asset = [&](const char* coding) {
    return field(ask(*before, "assets/main-1a2b.js", {{"accept-encoding", coding}}), "ETag");
  };
  CHECK(of_asset("br") != of_asset("gzip"));
  CHECK(of_asset("br") != of_asset(""));
  installed.put("index.html", "<!doctype html>新");
  const auto after = installed.read();
  REQUIRE(after);
  CHECK(ask(*after, "", {{"if-none-match", tag}}).status == 200);
}

TEST_CASE(
    "bytes that are no text are said to be in no characters, and an unknown ending is bytes") {
  Installed installed;
  installed.put("mark.png", "png");
  installed.put("odd.xyz", "?");
  const auto files = installed.read();
  REQUIRE(files);
  const auto said = [&](const std::string& path) {
    const Response got = ask(*files, path);
    const std::string head = head_of(got, got.bytes().size(), true, false);
    const size_t at = head.find("Content-Type: ");
    return head.substr(at, head.find("\r\n", at) - at);
  };
  CHECK(said("mark.png") == "Content-Type: image/png");
  CHECK(said("odd.xyz") == "Content-Type: application/octet-stream");
  CHECK(said("index.html") == "Content-Type: text/html; charset=utf-8");
}

TEST_CASE("links are left out and told, hidden files too, and no file is read from elsewhere") {
  Installed installed;
  TemporaryFolder elsewhere;
  std::ofstream(fs::path(elsewhere.path()) / "secret") << "secret";
  fs::create_symlink(fs::path(elsewhere.path()) / "secret", installed.path() / "assets/secret.js");
  fs::create_directory_symlink(elsewhere.path(), installed.path() / "assets/more");
  installed.put(".env", "secret");
  const auto files = installed.read();
  REQUIRE(files);
  CHECK(installed.left_out.size() == 2);
  CHECK(ask(*files, "assets/secret.js").status == 404);
  CHECK(ask(*files, "assets/more/secret").status == 404);
  CHECK(ask(*files, ".env").type == "text/html");
}

TEST_CASE("too many, too large, too deep, without an index or not there: refused as a whole") {
  const auto why = [](const Result<PageFiles>& read) {
    return read ? std::string() : std::string(read.refusal().text);
  };
  {
    Installed many;
    for (size_t n = 0; n < limits::kPageFilesMax - 4; ++n) many.put("f" + std::to_string(n), "");
    CHECK(why(many.read()).empty());
    many.put("one-more", "");
    CHECK(why(many.read()).find("files") != std::string::npos);
  }
  {
    Installed large;
    large.put("large", std::string(limits::kPageFileBytesMax, 'x'));
    CHECK(why(large.read()).find("MiB") != std::string::npos);
  }
  {
    Installed deep;
    std::string folder;
    for (size_t n = 0; n < limits::kPageFolderDepthMax; ++n) folder += "d/";
    deep.put(folder + "f", "");
    CHECK(why(deep.read()).empty());
    deep.put(folder + "d/f", "");
    CHECK(why(deep.read()).find("deep") != std::string::npos);
  }
  Installed headless;
  fs::remove(headless.path() / "index.html");
  CHECK(why(headless.read()) == "there is no {} in it");
  std::vector<std::string> left_out;
  CHECK_FALSE(PageFiles::read(headless.path() / "nowhere", left_out));
}
