#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

#include "command/socket/local_socket.hpp"
#include "command/socket/local_stream.hpp"

namespace sitelog {
namespace {

using Content = std::optional<boost::json::object>;
using Outcome = Answer<Content>;
using SteadyClock = std::chrono::steady_clock;

Refusal died() {
  return {Reason::kFolderInUse,
          N_("the Sitelog that runs in this folder ended before its answer was complete; what it "
             "had saved is kept"),
          {}};
}

Refusal not_understood() {
  return {Reason::kMalformed,
          N_("the program that runs in this folder gave an answer that is not understood"),
          {}};
}

// A process that is stopped, or gets no turn. Its number is what an administrator needs to end it.
Refusal silent(const Descriptor& socket, int timeout_ms) {
  return {
      Reason::kFolderInUse,
      N_("the Sitelog that runs in this folder (process {}) has not answered for {} seconds: it "
         "is stopped or overloaded; nothing of this was done"),
      {std::to_string(peer_process(socket)), std::to_string(timeout_ms / 1000)}};
}

// What the other end refused; `not_understood` where it doesn't say.
DetailedRefusal refused_there(const boost::json::object& object) {
  const boost::json::value* reason = object.if_contains("reason");
  const boost::json::value* text = object.if_contains("text");
  if (reason == nullptr || !reason->is_string() || text == nullptr || !text->is_string()) {
    return DetailedRefusal(not_understood());
  }
  return detailed_refusal_from(object);
}

// One call, from the connected socket to the last line.
class Call {
 public:
  Call(Descriptor socket, const LocalInput& input, const LocalLine& on_line,
       const LocalLine& on_progress, int accept_timeout_ms)
      : socket_(std::move(socket)),
        input_(input),
        on_line_(on_line),
        on_progress_(on_progress),
        accept_timeout_ms_(accept_timeout_ms),
        accept_until_(SteadyClock::now() + std::chrono::milliseconds(accept_timeout_ms)) {}

  Outcome run(const std::string& operation, const boost::json::object& args,
              const boost::json::object& caller);

 private:
  std::optional<Refusal> fill_outgoing();
  int wait_ms() const;
  Refusal give_up();
  void send_some();
  bool receive_some();
  std::optional<Outcome> take_lines();
  std::optional<Outcome> take(const std::string& line);

  Descriptor socket_;
  const LocalInput& input_;
  const LocalLine& on_line_;
  const LocalLine& on_progress_;
  const int accept_timeout_ms_;
  const SteadyClock::time_point accept_until_;
  std::string outgoing_;
  size_t sent_ = 0;
  bool all_given_ = false;  // nothing more will be added to outgoing_
  bool answered_ = false;   // the other end has said something
  LineBuffer received_{kLocalLineBytesMax};
};

// Sending and receiving take turns, so that neither end waits for a reader that waits for it.
Outcome Call::run(const std::string& operation, const boost::json::object& args,
                  const boost::json::object& caller) {
  boost::json::object request{{"operation", operation}, {"args", args}};
  if (!caller.empty()) request["caller"] = caller;
  outgoing_ = boost::json::serialize(request);
  if (outgoing_.size() > kLocalLineBytesMax) {
    return Refusal{Reason::kTooLarge,
                   N_("what is to be saved at once is longer than {} bytes"),
                   {std::to_string(kLocalLineBytesMax)}};
  }
  outgoing_ += '\n';
  all_given_ = !input_;
  for (;;) {
    if (std::optional<Refusal> refusal = fill_outgoing()) return *std::move(refusal);
    const bool sending = sent_ < outgoing_.size();
    pollfd ready{socket_.get(), static_cast<short>(sending ? POLLIN | POLLOUT : POLLIN), 0};
    if (::poll(&ready, 1, wait_ms()) < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (!answered_ && ready.revents == 0 && wait_ms() == 0) return give_up();
    if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      const bool open = receive_some();
      if (std::optional<Outcome> answer = take_lines()) return *std::move(answer);
      if (!open) return died();
    }
    if ((ready.revents & POLLOUT) != 0) send_some();
  }
}

// How long to wait for anything to happen; -1 is for ever.
int Call::wait_ms() const {
  if (answered_) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(accept_until_ - SteadyClock::now());
  return static_cast<int>(std::max<int64_t>(left.count(), 0));
}

// From the shutdown on the other end can't say "accepted" any more, and so will do nothing. What it
// said just before can still be read.
Refusal Call::give_up() {
  ::shutdown(socket_.get(), SHUT_RD);
  receive_some();
  return received_.empty() ? silent(socket_, accept_timeout_ms_) : died();
}

// Asks for the next input once everything before it is on its way.
std::optional<Refusal> Call::fill_outgoing() {
  if (all_given_ || sent_ < outgoing_.size()) return std::nullopt;
  sent_ = 0;
  if (const std::optional<boost::json::value> value = input_()) {
    outgoing_ = boost::json::serialize(boost::json::object{{"input", *value}});
    if (outgoing_.size() > kLocalLineBytesMax) {
      return Refusal{Reason::kTooLarge,
                     N_("what is to be saved at once is longer than {} bytes"),
                     {std::to_string(kLocalLineBytesMax)}};
    }
  } else {
    outgoing_ = R"({"end":true})";
    all_given_ = true;
  }
  outgoing_ += '\n';
  return std::nullopt;
}

void Call::send_some() {
  const ssize_t count = ::send(socket_.get(), outgoing_.data() + sent_, outgoing_.size() - sent_,
                               MSG_NOSIGNAL | MSG_DONTWAIT);
  if (count >= 0) {
    sent_ += static_cast<size_t>(count);
  } else if (errno != EINTR && errno != EAGAIN) {
    // The other end reads no more, but it may have said why: only receiving goes on.
    all_given_ = true;
    sent_ = outgoing_.size();
  }
}

// False once the other end has closed.
bool Call::receive_some() {
  std::array<char, 64 * 1024> chunk;
  const ssize_t count = ::recv(socket_.get(), chunk.data(), chunk.size(), MSG_DONTWAIT);
  if (count > 0) received_.append({chunk.data(), static_cast<size_t>(count)});
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

std::optional<Outcome> Call::take_lines() {
  while (const std::optional<std::string> line = received_.next()) {
    answered_ = true;
    if (std::optional<Outcome> answer = take(*line)) return answer;
  }
  if (received_.too_long()) return Outcome(not_understood());
  return std::nullopt;
}

std::optional<Outcome> Call::take(const std::string& line) {
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(line, error);
  const boost::json::object* message = error ? nullptr : value.if_object();
  if (message == nullptr || message->size() != 1 || !message->begin()->value().is_object()) {
    return Outcome(not_understood());
  }
  const std::string_view kind = message->begin()->key();
  const boost::json::object& content = message->begin()->value().get_object();
  if (kind == "done") return Outcome(Content(content));
  if (kind == "refused") return Outcome(refused_there(content));
  if (kind == "line" && on_line_) on_line_(content);
  if (kind == "progress" && on_progress_) on_progress_(content);
  // Kinds of a newer version tell something that this one can do without.
  return std::nullopt;
}

// Whether the process at the other end may be believed: our own, root's, or the folder owner's.
bool trusted(const Descriptor& socket, const Descriptor& folder) {
  const unsigned user = peer_user(socket);
  if (user == 0 || user == ::geteuid()) return true;
  struct stat owner {};
  return ::fstat(folder.get(), &owner) == 0 && owner.st_uid == user;
}

}  // namespace

Outcome call_local(const std::filesystem::path& folder, const std::string& operation,
                   const boost::json::object& args, const LocalInput& input,
                   const LocalLine& on_line, const LocalLine& on_progress, int accept_timeout_ms,
                   const boost::json::object& caller) {
  const Descriptor opened = open_folder(folder);
  if (!opened.open()) return Content();
  Descriptor socket = local_socket();
  // Bounds the wait for a place in the queue of a process that accepts nobody.
  const timeval limit{kLocalRequestTimeoutMs / 1000, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const sockaddr_un address = local_address(opened);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return Content();
    if (errno == EACCES || errno == EPERM) {
      return Refusal{Reason::kNotPermitted, N_("the data folder belongs to another user"), {}};
    }
    return Refusal{Reason::kFolderInUse,
                   N_("the Sitelog that runs in this folder does not answer: {}"),
                   {std::strerror(errno)}};
  }
  if (!trusted(socket, opened)) {
    return Refusal{Reason::kNotPermitted, N_("the data folder belongs to another user"), {}};
  }
  return Call(std::move(socket), input, on_line, on_progress, accept_timeout_ms)
      .run(operation, args, caller);
}

}  // namespace sitelog
