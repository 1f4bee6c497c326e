#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "http/call_threads.hpp"
#include "http/https_door.hpp"
#include "http/limits.hpp"
#include "sync/link/strangers.hpp"

namespace sitelog {

// Everything runs on the door's I/O thread, but what is said to be for any.
class HttpsDoor::Impl : public std::enable_shared_from_this<Impl> {
 public:
  explicit Impl(HttpsDoorConfig config);

  void take(TlsGuest guest, const std::string& address);  // any thread
  void run();
  void stop();  // any thread but the door's own

 private:
  using Clock = std::chrono::steady_clock;
  struct Connection {
    Connection(asio::io_context& io, TlsGuest guest);
    uint64_t id = 0;
    std::string neighbourhood;
    TlsStream stream;
    asio::steady_timer woken;  // cancelled whenever there may be something to send
    const std::string from;
    RequestReader reader;
    Clock::time_point deadline = Clock::time_point::max();
    std::shared_ptr<Reply> reply;  // of the request that is answered just now
    std::string account;           // shown last
    bool spoken = false;
    size_t body_bytes = 0;  // counted in bodies_
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void admit(TlsGuest guest, const std::string& address);
  asio::awaitable<void> serve(ConnectionPtr connection);
  asio::awaitable<bool> read_some(ConnectionPtr connection);
  asio::awaitable<bool> read_head(ConnectionPtr connection);
  asio::awaitable<bool> read_body(ConnectionPtr connection, size_t bytes_max, Language language);
  asio::awaitable<bool> write(ConnectionPtr connection, std::string_view bytes);
  asio::awaitable<bool> send(ConnectionPtr connection, const Response& response, bool keep_alive);
  asio::awaitable<bool> answer(ConnectionPtr connection);
  asio::awaitable<bool> pass_on(ConnectionPtr connection, bool keep_alive);
  bool post(const ConnectionPtr& connection, const Route& route, Asked asked);
  void known_as(const ConnectionPtr& connection, const std::string& account);
  void forget_account(const ConnectionPtr& connection);
  void close(const ConnectionPtr& connection);
  void gone(const ConnectionPtr& connection);
  asio::awaitable<void> sweep();
  void shut();

  const HttpsDoorConfig config_;
  Router router_;
  asio::io_context io_{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_;
  asio::steady_timer sweep_{io_};
  CallThreads calls_{{limits::kCallThreads, limits::kCallsOfOneMax, limits::kCallsWaitingMax,
                      limits::kCallsWaitingOfOneMax}};
  CallThreads strangers_calls_{{limits::kPasswordThreads, 1, limits::kPasswordsWaitingMax,
                                limits::kPasswordsWaitingOfOneMax}};
  Strangers strangers_;
  uint64_t last_id_ = 0;
  std::map<uint64_t, ConnectionPtr> connections_;
  std::map<std::string, std::set<uint64_t>> of_account_;
  size_t bodies_ = 0;  // bytes
  bool stopping_ = false;
  Clock::time_point stop_until_{};

  std::mutex mutex_;  // guards those below
  std::condition_variable ended_;
  bool running_ = false;
  bool stop_asked_ = false;
};

}  // namespace sitelog
