#include "http/page_files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "http/conditions.hpp"
#include "http/limits.hpp"
#include "sync/ledger/crypto.hpp"

namespace sitelog {

namespace {

constexpr const char* kIndex = "index.html";
constexpr std::string_view kAssets = "assets/";
constexpr std::string_view kBrotli = ".br", kGzip = ".gz";
constexpr size_t kDigestLetters = 24;

using Read = std::map<std::string, std::shared_ptr<const std::string>>;

Refusal unreadable(const std::string& name) {
  return {Reason::kInvalidFile,
          N_("{} can't be read: {}"),
          {name, std::error_code(errno, std::generic_category()).message()}};
}

struct Descriptor {
  explicit Descriptor(int opened) : fd(opened) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int release() { return std::exchange(fd, -1); }
  int fd;
};

// Everything below one folder. Lives for one reading.
class FolderReading {
 public:
  explicit FolderReading(std::vector<std::string>& left_out) : left_out_(left_out) {}

  // `below` names the folder from the first one on: empty, or with a "/" behind. `fd` is taken.
  Result<> read_folder(int fd, const std::string& below, size_t depth) {
    Descriptor held(fd);
    if (depth > limits::kPageFolderDepthMax) {
      return Refusal{Reason::kInvalidFile, N_("{} lies too deep"), {below}};
    }
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(held.fd), ::closedir);
    if (!folder) return unreadable(below);
    held.release();
    for (;;) {
      errno = 0;
      const dirent* const entry = ::readdir(folder.get());
      if (entry == nullptr) break;
      if (entry->d_name[0] == '.') continue;
      const auto done = read_entry(::dirfd(folder.get()), entry->d_name, below, depth);
      if (!done) return done.refusal();
    }
    if (errno != 0) return unreadable(below);
    return Done{};
  }

  Read take() { return std::move(read_); }

 private:
  Result<> read_entry(int folder, const char* entry, const std::string& below, size_t depth) {
    const std::string name = below + entry;
    // What is a pipe would be waited for.
    Descriptor opened(::openat(folder, entry, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (opened.fd < 0 && (errno == ELOOP || errno == ENXIO)) return leave_out(name);
    struct stat facts {};
    if (opened.fd < 0 || ::fstat(opened.fd, &facts) != 0) return unreadable(name);
    if (S_ISDIR(facts.st_mode)) return read_folder(opened.release(), name + "/", depth + 1);
    if (!S_ISREG(facts.st_mode)) return leave_out(name);
    return read_file(opened.fd, name);
  }

  Result<> read_file(int fd, const std::string& name) {
    if (read_.size() >= limits::kPageFilesMax) {
      return Refusal{Reason::kInvalidFile,
                     N_("there are more than {} files"),
                     {std::to_string(limits::kPageFilesMax)}};
    }
    auto bytes = std::make_shared<std::string>();
    std::array<char, 64 * 1024> piece{};
    for (;;) {
      const ssize_t got = ::read(fd, piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return unreadable(name);
      if (got == 0) break;
      bytes_ += static_cast<size_t>(got);
      if (bytes_ > limits::kPageFileBytesMax) {
        return Refusal{Reason::kInvalidFile,
                       N_("there are more than {} MiB of files"),
                       {std::to_string(limits::kPageFileBytesMax >> 20)}};
      }
      bytes->append(piece.data(), static_cast<size_t>(got));
    }
    bytes->shrink_to_fit();
    read_.emplace(name, std::move(bytes));
    return Done{};
  }

  Result<> leave_out(const std::string& name) {
    left_out_.push_back(name);
    return Done{};
  }

  std::vector<std::string>& left_out_;
  Read read_;
  size_t bytes_ = 0;
};

// By what the name ends with; browsers are told to believe nothing else (nosniff).
std::string type_of(const std::string& name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 18> kTypes{
      {{".html", "text/html"},
       {".js", "text/javascript"},
       {".mjs", "text/javascript"},
       {".css", "text/css"},
       {".json", "application/json"},
       {".map", "application/json"},
       {".webmanifest", "application/manifest+json"},
       {".txt", "text/plain"},
       {".svg", "image/svg+xml"},
       {".png", "image/png"},
       {".jpg", "image/jpeg"},
       {".jpeg", "image/jpeg"},
       {".gif", "image/gif"},
       {".webp", "image/webp"},
       {".ico", "image/vnd.microsoft.icon"},
       {".woff", "font/woff"},
       {".woff2", "font/woff2"},
       {".wasm", "application/wasm"}}};
  for (const auto& [ending, type] : kTypes) {
    if (name.ends_with(ending)) return std::string(type);
  }
  return "application/octet-stream";
}

// Whether a file packed so is taken, and how gladly: of RFC 9110, 12.5.3.
int weight_of(const std::vector<Weighted>& accepted, std::string_view coding) {
  int any = 0;
  for (const auto& [name, weight] : accepted) {
    if (small_letters(name) == coding) return weight;
    if (name == "*") any = weight;
  }
  return any;
}

Response leads_to(const std::string& path) {
  return {303, "", "", {{"Location", path}}};
}

}  // namespace

PageFiles::PageFiles(Read read) {
  for (const auto& [name, bytes] : read) {
    const auto packed = [&, &name = name](std::string_view ending) {
      const auto at = read.find(name + std::string(ending));
      return at == read.end() ? nullptr : at->second;
    };
    const auto is_of_another = [&, &name = name](std::string_view ending) {
      return name.ends_with(ending) && read.contains(name.substr(0, name.size() - ending.size()));
    };
    if (is_of_another(kBrotli) || is_of_another(kGzip)) continue;
    files_.emplace(
        name, File{type_of(name), sha256(as_bytes(*bytes)).hex().substr(0, kDigestLetters), bytes,
                   packed(kBrotli), packed(kGzip)});
  }
}

Result<PageFiles> PageFiles::read(const std::string& folder, std::vector<std::string>& left_out) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return unreadable(folder);
  FolderReading reading(left_out);
  const auto done = reading.read_folder(opened, "", 0);
  if (!done) return done.refusal();
  Read read = reading.take();
  if (!read.contains(kIndex)) {
    return Refusal{Reason::kInvalidFile, N_("there is no {} in it"), {kIndex}};
  }
  return PageFiles(std::move(read));
}

Response PageFiles::answer(const std::string& path, const RequestHead& head,
                           Language language) const {
  const bool is_asset = path.starts_with(kAssets);
  auto at = files_.find(path);
  if (at == files_.end()) {
    if (is_asset) {
      return problem_response(
          Refusal{Reason::kUsage, N_("there is nothing at this address: {}"), {head.path}}, 404,
          language);
    }
    at = files_.find(kIndex);
  }
  const File& file = at->second;
  const auto accepted = weighted_in(head.field("accept-encoding"));
  const int brotli = file.brotli ? weight_of(accepted, "br") : 0;
  const int gzip = file.gzip ? weight_of(accepted, "gzip") : 0;
  Response out{200, file.type, {}};
  out.content = Content::kInstalledPage;
  out.cache = is_asset ? "public, max-age=31536000, immutable" : "no-cache";
  out.fields.emplace_back("Vary", "Accept-Encoding");
  std::string tag = file.digest;
  if (brotli > 0 && brotli >= gzip) {
    out.held = file.brotli;
    out.fields.emplace_back("Content-Encoding", "br");
    tag += "-br";
  } else if (gzip > 0) {
    out.held = file.gzip;
    out.fields.emplace_back("Content-Encoding", "gzip");
    tag += "-gzip";
  } else {
    out.held = file.plain;
  }
  out.fields.emplace_back("ETag", tag_of_seen(tag));
  if (!names_tag(head, tag_of_seen(tag))) return out;
  out.status = 304;
  out.type.clear();
  out.held.reset();
  return out;
}

void add_page_files(Router& router, const std::string& path,
                    const std::shared_ptr<const PageFiles>& files) {
  Route route;
  route.open = route.page = true;
  route.at_once = [files, begin = path.size()](const Asked& asked) {
    return files->answer(asked.head.path.substr(begin), asked.head, asked.language);
  };
  router.add_below("GET", path, route);
  route.at_once = [path](const Asked&) { return leads_to(path); };
  router.add("GET", path.substr(0, path.size() - 1), std::move(route));
}

}  // namespace sitelog
