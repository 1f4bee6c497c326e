#pragma once

#include <string>
#include <vector>

#include "sync/link/web_certificate.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

// Which certificate browsers are shown, and under which names headquarters is reached.
struct WebOptions {
  std::string certificate_file;    // of a public authority; empty: headquarters' own
  std::string key_file;            // with it
  std::vector<std::string> hosts;  // names that browsers use, the first is the page's
  std::string pages;               // the folder of pages; empty: as installed beside the program
};

// What `options` name, or headquarters' own (web.crt, web.key), made anew with the same key where
// it is not for all of the names or soon runs out. `listening`: HOST of each address. Refuses
// kInvalidFile, kUsage.
Result<WebCertificate> web_certificate(const DataFolder& folder, const WebOptions& options,
                                       const std::vector<std::string>& listening);

// Refuses (kInvalidFile) one that is not good yet, or not any more. `now_s`: Unix time.
Result<> check_web_dates(const WebCertificate& certificate, int64_t now_s);

// What `options` name, where the files have changed since they were read and were then left alone
// from one look to the next: whoever renews a certificate writes two files. One thread.
class CertificateFiles {
 public:
  explicit CertificateFiles(const WebOptions& options);
  // To be asked every now and then. True once for each change.
  bool have_changed();
  // They are read now, whether they have changed or not.
  void are_read();
  bool are_given() const { return !names_.empty(); }

 private:
  using Facts = std::vector<int64_t>;  // of the files: which, how large, of when
  Facts facts() const;

  std::vector<std::string> names_;
  Facts read_, seen_;
};

// Those files read and checked, dates too. Refuses kInvalidFile.
Result<WebCertificate> read_certificate(const WebOptions& options);

// Where a browser reaches what listens at HOST:PORT.
std::string page_at(const std::string& listening, const WebOptions& options);

}  // namespace sitelog
