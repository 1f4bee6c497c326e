#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "http/request.hpp"
#include "http/response.hpp"
#include "http/router.hpp"

namespace sitelog {

// A page for people as it was installed: index.html, what it loads (assets/, whose names change
// with what is in them), each file also as FILE.br and FILE.gz where whoever built it packed it.
// Read once into memory and never altered, so that answering waits for nothing. Any thread.
class PageFiles {
 public:
  // Reads all regular files of the folder but those whose names begin with a dot; follows no link
  // in it. `left_out` becomes the names of what is neither file nor folder. Refuses (kInvalidFile)
  // what can't be read, has no index.html, or is more than limits::kPageFilesMax files,
  // kPageFileBytesMax bytes, kPageFolderDepthMax folders deep.
  static Result<PageFiles> read(const std::string& folder, std::vector<std::string>& left_out);

  // What is at `path`, relative to the folder, as this reader takes it: by Accept-Encoding, 304
  // by If-None-Match. What is no file is index.html, as the page has addresses of its own; below
  // assets/ it is 404.
  Response answer(const std::string& path, const RequestHead& head, Language language) const;

 private:
  using Bytes = std::shared_ptr<const std::string>;
  struct File {
    std::string type, digest;
    Bytes plain, brotli, gzip;  // the last two: null where there is none
  };
  explicit PageFiles(std::map<std::string, Bytes> read);

  std::map<std::string, File> files_;
};

// GET PATH (it ends in "/") and everything below it; without its last "/" it leads there.
void add_page_files(Router& router, const std::string& path,
                    const std::shared_ptr<const PageFiles>& files);

}  // namespace sitelog
