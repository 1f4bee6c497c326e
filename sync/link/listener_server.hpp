#pragma once

// Internal to link: SyncListener's two halves share it.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "sync/link/session_link.hpp"
#include "sync/link/strangers.hpp"
#include "sync/link/sync_listener.hpp"

namespace sitelog {

// What SyncListener stands for. Everything runs on the I/O thread, but what is said to be for
// others, which goes through `mutex_` or is posted to `io_`. Lives until its last connection is
// gone.
class SyncListener::Server : public std::enable_shared_from_this<Server> {
 public:
  Server(ListenerConfig config, WorkQueue& queue);

  Result<std::string> listen(const std::string& host, uint16_t port);
  void run();
  void stop();                       // any thread
  void disconnect(DeviceId device);  // any thread
  std::vector<DeviceId> connected() const;
  void show_web(WebCertificate web);  // any thread

 private:
  using Clock = std::chrono::steady_clock;
  using tcp = asio::ip::tcp;
  struct Connection {
    uint64_t id = 0;
    std::string address;  // whose it is (owner_of)
    std::shared_ptr<FrameChannel> channel;
    std::shared_ptr<SessionLink> link;  // once the device is known
    DeviceId device;
    std::vector<BookCode> books;
    bool settling = false;
    bool end_told = false;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;
  struct Door {
    tcp::acceptor acceptor;
    asio::steady_timer pause;
  };

  asio::awaitable<void> accept_all(Door& door);
  void arrive(tcp::socket socket);
  void make_room(const Strangers::Arrival& arrival);
  void admit(uint64_t id, std::string address, tcp::socket socket);
  void let_in();
  void tell_full();
  asio::awaitable<void> serve(ConnectionPtr connection);
  asio::awaitable<void> serve_sync(ConnectionPtr connection);
  asio::awaitable<void> serve_join(ConnectionPtr connection);
  bool joins_full(const std::string& address) const;
  asio::awaitable<std::shared_ptr<void>> place_to_join(ConnectionPtr connection);
  asio::awaitable<Result<JoinReply>> decide_join(ConnectionPtr connection, JoinRequest request);
  void prove(const ConnectionPtr& connection, const Peer& peer);
  void stepped(const ConnectionPtr& connection, const Step& step);
  void gone(const ConnectionPtr& connection);
  std::vector<ConnectionPtr> next_to_check();
  void trim();
  asio::awaitable<void> sweep();
  void books_changed(const std::set<BookCode>& books);  // the store's thread
  void settle_changed();
  void settle_some();
  void shut();
  void leave_when_empty();
  void tell(LinkEvent event, const ConnectionPtr& connection, const Refusal& detail);
  // `detail` is a message id, or nothing to be translated.
  void tell(LinkEvent event, const ConnectionPtr& connection, const std::string& detail,
            std::vector<std::string> args = {}) {
    tell(event, connection, Refusal{Reason::kMalformed, detail, std::move(args)});
  }
  void tell_end(const ConnectionPtr& connection);

  const ListenerConfig config_;
  WorkQueue& queue_;
  asio::io_context io_{1};
  TlsServer tls_;
  FrameWriter writer_;
  const std::shared_ptr<size_t> received_bytes_ = std::make_shared<size_t>(0);
  std::deque<Door> doors_;
  asio::steady_timer sweep_;
  std::optional<asio::executor_work_guard<asio::io_context::executor_type>> guard_;
  uint64_t subscription_ = 0;
  bool stopping_ = false;

  uint64_t last_id_ = 0;
  std::map<uint64_t, ConnectionPtr> connections_;
  Strangers strangers_;
  struct AtTheDoor {
    std::string address;
    tcp::socket socket;
  };
  std::map<uint64_t, AtTheDoor> at_the_door_;
  std::map<BookCode, std::set<uint64_t>> holders_;
  std::deque<uint64_t> to_settle_;
  size_t settling_ = 0;
  size_t joins_ = 0, joins_waiting_ = 0;
  std::map<std::string, size_t> joins_of_, joins_waiting_of_;  // by address
  Clock::time_point full_told_{};
  uint64_t last_checked_ = 0;
  size_t steps_ = 0;  // since trim_looked_
  bool rushed_ = false;
  Clock::time_point trim_looked_{};
  size_t files_max_ = 0;  // what the system lets this process open

  mutable std::mutex mutex_;
  std::condition_variable ended_;
  bool running_ = false;
  bool stop_asked_ = false;
  std::set<BookCode> changed_;
  std::map<DeviceId, std::set<uint64_t>> devices_;
};

}  // namespace sitelog
