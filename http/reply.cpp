#include "http/reply.hpp"

#include "http/limits.hpp"
#include "sync/ledger/result.hpp"

namespace sitelog {

void Reply::send(Response whole) {
  {
    const std::lock_guard lock(mutex_);
    SITELOG_ASSERT(!answered_ && !head_);
    if (closed_) throw ReaderGone();
    head_ = std::move(whole);
    whole_ = ended_ = answered_ = true;
  }
  wake_();
}

void Reply::begin(Response head) {
  const std::lock_guard lock(mutex_);
  SITELOG_ASSERT(!answered_ && !head_);
  head_ = std::move(head);
  begun_ = true;
}

void Reply::write(std::string_view bytes) {
  {
    std::unique_lock lock(mutex_);
    SITELOG_ASSERT(!answered_);
    if (bytes_.size() >= limits::kAnswerWaitingBytes && !closed_) {
      waits_since_ = std::chrono::steady_clock::now();
      room_.wait(lock, [this] { return closed_ || bytes_.size() < limits::kAnswerWaitingBytes; });
      waited_ += std::chrono::steady_clock::now() - *waits_since_;
      waits_since_.reset();
    }
    if (closed_) throw ReaderGone();
    bytes_ += bytes;
  }
  wake_();
}

bool Reply::try_write(std::string_view bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || answered_ || bytes_.size() + bytes.size() > limits::kAnswerWaitingBytes) {
      return false;
    }
    bytes_ += bytes;
  }
  wake_();
  return true;
}

std::shared_ptr<Reply> Reply::keep() {
  {
    const std::lock_guard lock(mutex_);
    kept_ = true;
  }
  return shared_from_this();
}

bool Reply::kept() const {
  const std::lock_guard lock(mutex_);
  return kept_;
}

void Reply::end() {
  {
    const std::lock_guard lock(mutex_);
    SITELOG_ASSERT(!answered_);
    ended_ = answered_ = true;
  }
  wake_();
}

void Reply::break_off(Response instead) {
  {
    const std::lock_guard lock(mutex_);
    if (answered_) return;
    answered_ = true;
    if (begun_) {
      broken_ = true;
    } else {
      head_ = std::move(instead);
      whole_ = ended_ = true;
    }
  }
  wake_();
}

bool Reply::answered() const {
  const std::lock_guard lock(mutex_);
  return answered_;
}

Reply::Part Reply::take() {
  Part out;
  {
    const std::lock_guard lock(mutex_);
    // A head alone says nothing yet.
    if (bytes_.empty() && !ended_ && !broken_) return out;
    out.head = std::exchange(head_, std::nullopt);
    out.whole = whole_;
    out.bytes = std::exchange(bytes_, {});
    out.ended = ended_;
    out.broken = broken_;
  }
  room_.notify_all();
  return out;
}

void Reply::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  room_.notify_all();
}

bool Reply::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

std::chrono::milliseconds Reply::waited() const {
  const std::lock_guard lock(mutex_);
  auto out = waited_;
  if (waits_since_) out += std::chrono::steady_clock::now() - *waits_since_;
  return std::chrono::duration_cast<std::chrono::milliseconds>(out);
}

std::chrono::milliseconds Reply::waits() const {
  const std::lock_guard lock(mutex_);
  if (!waits_since_) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               *waits_since_);
}

}  // namespace sitelog
