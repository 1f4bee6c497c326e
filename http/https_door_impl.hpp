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

#include "http/body_pace.hpp"
#include "http/body_room.hpp"
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
    std::shared_ptr<Reply> reply;    // of the request that is answered just now
    CallThreads* threads = nullptr;  // that make it
    std::string account;             // shown last
    bool spoken = false;
    bool head_only = false;  // is what the request asks for
    // While a body comes or an answer goes: who asked, and what the secret of their session hashes
    // to. It goes no further once they may not stay.
    std::optional<Visitor> visitor;
    Hash session;
    uint64_t body = 0;                // in room_, while it comes; 0: none does
    bool streaming = false;           // the answer is under way
    std::optional<Response> cut_off;  // why the body is not waited for any more
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  void admit(TlsGuest guest, const std::string& address);
  asio::awaitable<void> serve(ConnectionPtr connection);
  asio::awaitable<bool> read_some(ConnectionPtr connection);
  asio::awaitable<bool> read_head(ConnectionPtr connection);
  asio::awaitable<bool> read_body(ConnectionPtr connection, const Asked& asked, size_t bytes_max);
  bool hold_body(const ConnectionPtr& connection, uint64_t body, const Asked& asked);
  void cut_off(const ConnectionPtr& connection, Response why);
  asio::awaitable<bool> write(ConnectionPtr connection, std::string_view bytes);
  asio::awaitable<bool> send(ConnectionPtr connection, const Response& response, bool keep_alive);
  asio::awaitable<bool> answer(ConnectionPtr connection);
  asio::awaitable<bool> pass_on(ConnectionPtr connection, bool keep_alive);
  bool post(const ConnectionPtr& connection, const Route& route, Asked asked,
            std::shared_ptr<void> body);
  void call(const Route& route, const Asked& asked, Reply& reply);  // any thread
  void known_as(const ConnectionPtr& connection, const std::string& account);
  void forget_account(const ConnectionPtr& connection);
  bool make_room();
  void close(const ConnectionPtr& connection);
  void gone(const ConnectionPtr& connection);
  asio::awaitable<void> sweep();
  void close_ended(const ConnectionPtr& connection);
  CallThreads& threads_for(const Route& route, const Asked& asked);
  void free_a_thread(const CallThreads& threads);
  void shut();

  const HttpsDoorConfig config_;
  Router router_;
  asio::io_context io_{1};
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_;
  asio::steady_timer sweep_{io_};
  CallThreads calls_{{limits::kCallThreads, limits::kCallsOfOneMax, limits::kCallsWaitingMax,
                      limits::kCallsWaitingOfOneMax}};
  CallThreads writing_{{limits::kWritingThreads, limits::kCallsOfOneMax, limits::kCallsWaitingMax,
                        limits::kCallsWaitingOfOneMax}};
  CallThreads large_{{limits::kLargeThreads, limits::kLargeOfOneMax, limits::kCallsWaitingMax,
                      limits::kCallsWaitingOfOneMax}};
  CallThreads downloads_{{limits::kDownloadThreads, limits::kDownloadsOfOneMax,
                          limits::kDownloadsWaitingMax, limits::kDownloadsWaitingOfOneMax}};
  CallThreads strangers_calls_{{limits::kPasswordThreads, 1, limits::kPasswordsWaitingMax,
                                limits::kPasswordsWaitingOfOneMax}};
  Strangers strangers_;
  uint64_t last_id_ = 0;
  std::map<uint64_t, ConnectionPtr> connections_;
  std::map<std::string, std::set<uint64_t>> of_account_;
  BodyRoom room_{
      {limits::kOpenBodyBytesMax, limits::kBodiesBeyondOpenMax, limits::kBodiesOfAccountBytesMax}};
  uint64_t last_body_ = 0;
  std::map<uint64_t, std::weak_ptr<Connection>> coming_;  // bodies
  bool stopping_ = false;
  Clock::time_point stop_until_{};

  std::mutex mutex_;  // guards those below
  std::condition_variable ended_;
  bool running_ = false;
  bool stop_asked_ = false;
};

}  // namespace sitelog
