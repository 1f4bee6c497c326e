#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "sync/link/certificate.hpp"
#include "sync/link/sync_connector.hpp"
#include "sync/link/sync_listener.hpp"
#include "tests/support/keys.hpp"
#include "tests/support/memory_replica.hpp"
#include "tests/support/thread_work_queue.hpp"

namespace sitelog {

ClockReading test_clock();

// True as soon as `condition` is, false when it never was in that time.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::seconds(5));

// A headquarters on a loopback port, with its store's thread and its I/O thread.
class TestHeadquarters {
 public:
  explicit TestHeadquarters(const std::function<void(ListenerConfig&)>& adjust = {});
  ~TestHeadquarters() { stop(); }

  // Stops the listener, then the store.
  void stop();
  size_t events(LinkEvent event) const;
  bool had(LinkEvent event) const;
  std::string host() const { return "127.0.0.1"; }
  uint16_t port() const;

  Authority authority = Authority::create();
  SigningKey key = fresh_key();
  Certificate certificate = authority.issue_headquarters(key.public_key());
  MemoryReplica replica{key, key.public_key(), {"root", "u1", "u2"}};
  ThreadWorkQueue queue{replica};
  std::string address;
  std::unique_ptr<SyncListener> listener;

 private:
  mutable std::mutex mutex_;
  std::map<LinkEvent, size_t> events_;
  std::thread thread_;
};

// A site that has joined.
struct TestSite {
  // Of a unit of `home`, with a certificate by `home`'s authority.
  explicit TestSite(const TestHeadquarters& home, const BookCode& unit = "u1");
  ConnectorConfig config(const TestHeadquarters& home) const;
  void write(const BookCode& book, size_t entries, const std::string& text = "entry");

  BookCode unit;
  SigningKey key = fresh_key();
  Certificate certificate;
  MemoryReplica replica;
  ThreadWorkQueue queue{replica};
  SyncConnector connector;
};

Hash digest_at(ThreadWorkQueue& queue, const BookCode& book);
size_t count_at(ThreadWorkQueue& queue, const BookCode& book);

}  // namespace sitelog
