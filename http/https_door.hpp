#pragma once

#include <functional>
#include <memory>
#include <string>

#include "http/operation_routes.hpp"
#include "sync/link/tls_stream.hpp"

namespace sitelog {

class PageFiles;

struct HttpsDoorConfig {
  ApiParts parts;
  // The certificate is one that browsers know: they may insist on it from now on.
  bool strict_transport = false;
  // What is installed for those who review; null where nothing is.
  std::shared_ptr<const PageFiles> review_page = {};
  // What happened that an administrator should see, for the log. Any thread.
  std::function<void(const std::string&)> on_trouble = [](const std::string&) {};
};

// Browsers and other programs at headquarters' port, once their TLS is spoken: HTTP/1.1, requests
// one after the other. One thread, the one that calls `run`, carries every socket and does nothing
// else; operations run on threads of their own (CallThreads), what takes a password, and all that
// strangers ask, on a few others. Whatever a connection does ends that connection only.
class HttpsDoor {
 public:
  explicit HttpsDoor(HttpsDoorConfig config);
  ~HttpsDoor();
  HttpsDoor(const HttpsDoor&) = delete;
  HttpsDoor& operator=(const HttpsDoor&) = delete;

  // `address` is whose it is (owner_of). Any thread.
  void take(TlsGuest guest, const std::string& address);
  // Until `stop`. Once.
  void run();
  // Ends what waits, gives what runs a moment, and returns when all of it has ended. Not from the
  // door's own threads. Again: does nothing.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace sitelog
