#pragma once

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace sitelog::bench {

// A program at headquarters' HTTPS door, on a blocking connection that stays. Whom it meets is not
// checked, as the bench has started it itself. Throws BenchError.
class WebClient {
 public:
  WebClient(const std::string& address, std::string token);
  ~WebClient();
  WebClient(const WebClient&) = delete;
  WebClient& operator=(const WebClient&) = delete;

  // POST /api/v1/NAME; the whole answer.
  boost::json::object ask(const std::string& operation, const boost::json::object& args);
  // GET /api/v1/events from here on; then what comes, until one of that kind has come.
  void listen();
  void wait_for(std::string_view event);

 private:
  struct Tls;
  void send(const std::string& request);
  void read_more();
  std::string take_line();

  int socket_ = -1;
  std::unique_ptr<Tls> tls_;
  const std::string token_;
  std::string read_;
};

}  // namespace sitelog::bench
