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
};

// What `options` name, or headquarters' own (web.crt, web.key), made anew with the same key where
// it is not for all of the names or soon runs out. `listening`: HOST of each address. Refuses
// kInvalidFile, kUsage.
Result<WebCertificate> web_certificate(const DataFolder& folder, const WebOptions& options,
                                       const std::vector<std::string>& listening);

// Where a browser reaches what listens at HOST:PORT.
std::string page_at(const std::string& listening, const WebOptions& options);

}  // namespace sitelog
