#include "daemon/web_identity.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "engine/system.hpp"
#include "sync/link/address.hpp"

namespace sitelog {

namespace {

constexpr const char* kCertificateFile = "web.crt";
constexpr const char* kKeyFile = "web.key";
constexpr int64_t kDayS = 24 * 3600;
constexpr int64_t kRenewDays = 90;

bool is_any(const std::string& host) {
  return host == "0.0.0.0" || host == "::";
}

std::string host_name() {
  std::array<char, 256> out{};
  return ::gethostname(out.data(), out.size() - 1) == 0 ? std::string(out.data()) : std::string();
}

// What stands in a certificate must be a name as DNS has them, or an address.
bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= 253 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == ':';
  });
}

void add_addresses_of_machine(std::set<std::string>& names) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return;
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || (each->ifa_flags & IFF_UP) == 0) continue;
    const bool v4 = each->ifa_addr->sa_family == AF_INET;
    if (!v4 && each->ifa_addr->sa_family != AF_INET6) continue;
    std::array<char, NI_MAXHOST> text{};
    const auto size = static_cast<socklen_t>(v4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    if (::getnameinfo(each->ifa_addr, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) !=
        0) {
      continue;
    }
    const std::string address = text.data();
    if (address.find('%') == std::string::npos) names.insert(address);  // not of a link alone
  }
  ::freeifaddrs(all);
}

std::vector<std::string> names_for(const WebOptions& options,
                                   const std::vector<std::string>& listening) {
  std::set<std::string> names{"localhost", "127.0.0.1", "::1"};
  names.insert(options.hosts.begin(), options.hosts.end());
  names.insert(host_name());
  for (const std::string& host : listening) {
    if (is_any(host)) {
      add_addresses_of_machine(names);
    } else {
      names.insert(host);
    }
  }
  std::erase_if(names, [](const std::string& name) { return !is_name(name); });
  return {names.begin(), names.end()};
}

bool is_good_for(const WebCertificate& certificate, const std::vector<std::string>& names,
                 int64_t now_s) {
  if (!check_web_certificate(certificate)) return false;
  const auto facts = facts_of(certificate);
  return facts.until_s - now_s > kRenewDays * kDayS &&
         std::all_of(names.begin(), names.end(), [&facts](const std::string& name) {
           return std::find(facts.names.begin(), facts.names.end(), name) != facts.names.end();
         });
}

Result<WebCertificate> given_certificate(const WebOptions& options) {
  const auto certificate = read_file(options.certificate_file);
  const auto key = read_file(options.key_file);
  if (!certificate || !key) {
    return Refusal{Reason::kInvalidFile,
                   N_("there is no file {}"),
                   {certificate ? options.key_file : options.certificate_file}};
  }
  WebCertificate out{*certificate, *key};
  if (const auto fit = check_web_certificate(out); !fit) return fit.refusal();
  return out;
}

}  // namespace

Result<WebCertificate> web_certificate(const DataFolder& folder, const WebOptions& options,
                                       const std::vector<std::string>& listening) {
  for (const std::string& host : options.hosts) {
    if (is_name(host)) continue;
    return Refusal{Reason::kUsage, N_("“{}” is no name of a host"), {host}};
  }
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return Refusal{
        Reason::kUsage, N_("--web-certificate and --web-key are given together, or neither"), {}};
  }
  if (!options.certificate_file.empty()) return given_certificate(options);
  const auto names = names_for(options, listening);
  const int64_t now_s = read_clock().wall.ms / 1000;
  WebCertificate out{folder.read(kCertificateFile).value_or(""),
                     folder.read(kKeyFile).value_or("")};
  if (is_good_for(out, names, now_s)) return out;
  out = make_web_certificate(out.key, names, now_s);
  folder.write(kKeyFile, out.key);
  folder.write(kCertificateFile, out.certificates);
  return out;
}

Result<> check_web_dates(const WebCertificate& certificate, int64_t now_s) {
  const auto facts = facts_of(certificate);
  const auto told = [](int64_t at_s) { return std::vector<std::string>{local_time(at_s * 1000)}; };
  if (facts.until_s <= now_s) {
    return Refusal{Reason::kInvalidFile,
                   N_("the page's certificate was good until {}: get a new one from who issued it"),
                   told(facts.until_s)};
  }
  if (facts.from_s > now_s) {
    return Refusal{Reason::kInvalidFile,
                   N_("the page's certificate is good from {} on only; is this computer's clock "
                      "right?"),
                   told(facts.from_s)};
  }
  return Done{};
}

Result<WebCertificate> read_certificate(const WebOptions& options) {
  try {
    auto out = given_certificate(options);
    if (!out) return out;
    if (const auto good = check_web_dates(*out, read_clock().wall.ms / 1000); !good) {
      return good.refusal();
    }
    return out;
  } catch (const StoreError& error) {
    return Refusal{Reason::kInvalidFile, N_("a file can't be read ({})"), {error.what()}};
  }
}

CertificateFiles::CertificateFiles(const WebOptions& options) {
  if (!options.certificate_file.empty()) names_ = {options.certificate_file, options.key_file};
  are_read();
}

CertificateFiles::Facts CertificateFiles::facts() const {
  Facts out;
  for (const std::string& name : names_) {
    struct stat of {};
    if (::stat(name.c_str(), &of) != 0) of = {};
    out.insert(out.end(),
               {static_cast<int64_t>(of.st_ino), static_cast<int64_t>(of.st_size),
                static_cast<int64_t>(of.st_mtim.tv_sec), static_cast<int64_t>(of.st_mtim.tv_nsec)});
  }
  return out;
}

bool CertificateFiles::have_changed() {
  const Facts now = facts();
  const bool still = std::exchange(seen_, now) == now;
  if (!still || now == read_) return false;
  read_ = now;
  return true;
}

void CertificateFiles::are_read() {
  read_ = seen_ = facts();
}

std::string page_at(const std::string& listening, const WebOptions& options) {
  const auto at = HostPort::parse(listening);
  SITELOG_ASSERT(at);
  std::string host = at->host;
  if (!options.hosts.empty()) {
    host = options.hosts.front();
  } else if (is_any(host)) {
    host = host_name();
  }
  return "https://" + HostPort{host, at->port}.to_text();
}

}  // namespace sitelog
