#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "http/response.hpp"

namespace sitelog {

// Nobody is left to be answered: the connection is gone, or reads nothing. Thrown by Reply; passes
// through the operation, and what was not committed before is not done.
struct ReaderGone : std::exception {
  const char* what() const noexcept override { return "the reader is gone"; }
};

// An answer on its way from the thread that makes it to the one that sends it, with no more
// between them than limits::kAnswerWaitingBytes: who makes it waits for who reads. Either it is
// sent whole, or begun, written and ended.
class Reply : public std::enable_shared_from_this<Reply> {
 public:
  // `wake` is called whenever there is something to take; any thread.
  explicit Reply(std::function<void()> wake) : wake_(std::move(wake)) {}

  // By whoever makes it.
  void send(Response whole);
  void begin(Response head);  // its body is not looked at
  void write(std::string_view bytes);
  void end();
  // Never waits: false where nobody reads any more, or too much waits for the reader already.
  bool try_write(std::string_view bytes);
  // Somebody else goes on with it: it is not answered yet when its handler returns.
  std::shared_ptr<Reply> keep();
  bool kept() const;
  bool answered() const;  // sent, ended or broken off
  // Something went wrong: `instead` where nothing was begun, else nothing more.
  void break_off(Response instead);

  // By whoever sends it. Never waits.
  struct Part {
    std::optional<Response> head;
    bool whole = false;  // the head's body is all there is
    std::string bytes;
    bool ended = false;
    bool broken = false;  // and there is no end to it
    bool nothing() const { return !head && bytes.empty() && !ended && !broken; }
  };
  Part take();
  // Nobody reads any more.
  void close();
  bool closed() const;
  // How long who makes it has waited for the reader; 0 where it doesn't.
  std::chrono::milliseconds waits() const;
  // And in all.
  std::chrono::milliseconds waited() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::function<void()> wake_;
  std::optional<Response> head_;
  bool whole_ = false;
  std::string bytes_;
  bool begun_ = false, ended_ = false, broken_ = false, answered_ = false, closed_ = false,
       kept_ = false;
  std::optional<std::chrono::steady_clock::time_point> waits_since_;
  std::chrono::steady_clock::duration waited_{};  // before that
};

}  // namespace sitelog
