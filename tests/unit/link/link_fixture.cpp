#include "tests/unit/link/link_fixture.hpp"

#include "sync/link/address.hpp"

namespace sitelog {

ClockReading test_clock() {
  using namespace std::chrono;
  return {{duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()},
          duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count(),
          1};
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

TestHeadquarters::TestHeadquarters(const std::function<void(ListenerConfig&)>& adjust) {
  ListenerConfig config{.key = key,
                        .certificate = certificate,
                        .authority = authority.certificate(),
                        .software = "test",
                        .clock = test_clock,
                        .join = [](Replica&, const JoinRequest&) -> Result<JoinReply> {
                          return Refusal{Reason::kInvitationUnknown, "no invitations here", {}};
                        },
                        .on_event =
                            [this](LinkEvent event, const std::string&) {
                              const std::lock_guard lock(mutex_);
                              ++events_[event];
                            }};
  if (adjust) adjust(config);
  listener = std::make_unique<SyncListener>(std::move(config), queue);
  address = *listener->listen("127.0.0.1", 0);
  thread_ = std::thread([this] { listener->run(); });
}

void TestHeadquarters::stop() {
  listener->stop();
  if (thread_.joinable()) thread_.join();
  queue.close();
}

size_t TestHeadquarters::events(LinkEvent event) const {
  const std::lock_guard lock(mutex_);
  const auto at = events_.find(event);
  return at != events_.end() ? at->second : 0;
}

bool TestHeadquarters::had(LinkEvent event) const {
  return eventually([&] { return events(event) > 0; });
}

uint16_t TestHeadquarters::port() const {
  return HostPort::parse(address)->port;
}

TestSite::TestSite(const TestHeadquarters& home, const BookCode& of_unit)
    : unit(of_unit),
      certificate(*home.authority.issue_site(key.public_key(), of_unit)),
      replica(key, home.key.public_key(), {"root", of_unit}),
      connector(config(home), queue) {}

ConnectorConfig TestSite::config(const TestHeadquarters& home) const {
  return {.key = key,
          .certificate = certificate,
          .authority = home.authority.certificate(),
          .headquarters = home.key.device(),
          .software = "test",
          .clock = test_clock};
}

void TestSite::write(const BookCode& book, size_t entries, const std::string& text) {
  queue.run([&](MemoryReplica& at) {
    for (size_t i = 0; i < entries; ++i) at.write(book, text + " " + std::to_string(i));
  });
}

Hash digest_at(ThreadWorkQueue& queue, const BookCode& book) {
  Hash out;
  queue.run([&](MemoryReplica& at) { out = at.digest(book); });
  return out;
}

size_t count_at(ThreadWorkQueue& queue, const BookCode& book) {
  size_t out = 0;
  queue.run([&](MemoryReplica& at) { out = at.count(book); });
  return out;
}

}  // namespace sitelog
