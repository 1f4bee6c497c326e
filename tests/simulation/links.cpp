// What links do, and what they do to messages.
#include "tests/simulation/checks.hpp"
#include "tests/simulation/world.hpp"

namespace sitelog::simulation {

namespace {

std::string told(const Message& message) {
  constexpr const char* kNames[] = {"Hello",   "Welcome", "Refuse",      "Vector",   "Entries",
                                    "Receipt", "Locate",  "Located",     "CaughtUp", "Ping",
                                    "Pong",    "Goodbye", "JoinRequest", "JoinReply"};
  static_assert(std::size(kNames) == std::variant_size_v<Message>);
  std::string out = kNames[message.index()];
  std::visit(
      [&](const auto& body) {
        if constexpr (requires { body.book; }) out += " " + body.book;
        if constexpr (requires { body.tips; }) {
          for (const Tip& tip : body.tips) {
            out +=
                " " + tip.stream.device.hex().substr(0, 6) + ":" + std::to_string(tip.number.value);
          }
        }
        if constexpr (requires { body.books; }) {
          for (const auto& item : body.books) out += " " + item.book;
        }
        if constexpr (requires { body.refusal; }) out += ": " + describe(body.refusal);
        if constexpr (requires { body.entries; }) {
          out += " " + body.stream.device.hex().substr(0, 6) + " " +
                 std::to_string(body.first.value) + " to " + std::to_string(body.last().value);
        }
      },
      message);
  return out;
}

}  // namespace

// A message leaves: what it promises must be true already.
void World::sent(TestDevice& from, TestDevice& to, const Message& message, std::string_view frame) {
  trace_.add(frame);
  if (log_ != nullptr) tell("    " + who(from) + " to " + who(to) + ": " + told(message));
  check_scope_of(message, to);
  if (!disk(from).is_synced(from.database() + "-wal")) {
    throw Broken("a message leaves before what it rests on is safe");
  }
  if (const auto* receipt = std::get_if<Receipt>(&message)) {
    ++counts_["acknowledgement checked"];
    auto& file = files_[&from];
    if (!file) file = std::make_unique<Database>(from.database(), Database::Mode::kReadOnly);
    check_durable(*file, *receipt);
    if (!from.is_headquarters() && !receipt->signature.is_zero()) {
      ++counts_["receipt passed on"];
      check_signed(*receipt, headquarters_->key().public_key());
    }
  }
}

std::unique_ptr<Connection> World::connect(Site& site, TestDevice& upstream) {
  return std::make_unique<Connection>(
      *site.device, upstream, site.speaks,
      [this](TestDevice& from, TestDevice& to, const Message& message, std::string_view frame) {
        sent(from, to, message, frame);
      });
}

void World::hang_up(TestDevice& device) {
  for (Site& site : sites_) {
    if (!site.connection) continue;
    if (&site.connection->device(Connection::kSite) == &device ||
        &site.connection->device(Connection::kUpstream) == &device) {
      site.connection.reset();
    }
  }
}

// What a connection left behind when a message had arrived.
void World::after_arrival(Site& site) {
  Connection& connection = *site.connection;
  if (TestDevice* crashed = connection.crashed()) return reopen_after_anything(*crashed);
  if (connection.broken() || (connection.ended() && connection.idle())) {
    site.connection.reset();
    return;
  }
  check_word_of(connection);
  // Until headquarters has said what it holds, a site goes by what it held before.
  if (connection.session(Connection::kSite).established() &&
      connection.device(Connection::kUpstream).is_headquarters()) {
    check_held(*site.device, *headquarters_);
  }
}

void World::deliver_one(Site& site) {
  Connection& connection = *site.connection;
  if (connection.idle()) return;
  auto end = dice_.chance(500) ? Connection::kSite : Connection::kUpstream;
  if (!connection.waiting(end)) {
    end = end == Connection::kSite ? Connection::kUpstream : Connection::kSite;
  }
  Fault fault = Fault::kNone;
  if (!faults_.empty() && dice_.chance(message_faults_per_thousand_)) fault = dice_.pick(faults_);
  ++counts_["message"];
  if (connection.deliver(end, fault)) {
    ++counts_[std::string("message: ") + name_of(fault)];
    note(name_of(fault));
  }
  after_arrival(site);
}

World::Site* World::any_connected() {
  std::vector<Site*> connected;
  for (Site& site : sites_) {
    if (site.connection) connected.push_back(&site);
  }
  return connected.empty() ? nullptr : dice_.pick(connected);
}

bool World::connect() {
  Site& site = any_site();
  if (site.connection) return false;
  const bool through_hub = site.hub != nullptr && dice_.chance(800);
  site.connection = connect(site, through_hub ? *site.hub : *headquarters_);
  if (through_hub) ++counts_["connect to a hub"];
  if (!site.speaks.understood()) ++counts_["connect with a version not understood"];
  return true;
}

// A few messages arrive, of one connection.
bool World::deliver() {
  std::vector<Site*> with_messages;
  for (Site& site : sites_) {
    if (site.connection && !site.connection->idle()) with_messages.push_back(&site);
  }
  if (with_messages.empty()) return connect();
  Site& site = *dice_.pick(with_messages);
  for (int64_t i = dice_.between(1, 6); i > 0 && site.connection; --i) deliver_one(site);
  return true;
}

bool World::push() {
  Site& site = any_site();
  if (!site.connection) return connect();
  site.connection->push(dice_.chance(500) ? Connection::kSite : Connection::kUpstream);
  return true;
}

bool World::tick() {
  Site* site = any_connected();
  if (site == nullptr) return false;
  clock_.advance(dice_.between(1000, 40'000));
  site->connection->tick(Connection::kSite);
  site->connection->tick(Connection::kUpstream);
  Connection& connection = *site->connection;
  if (connection.broken()) ++counts_["given up for its silence"];
  if (connection.broken() || (connection.ended() && connection.idle())) site->connection.reset();
  return true;
}

bool World::hang_up() {
  Site* site = any_connected();
  if (site == nullptr) return false;
  site->connection.reset();
  return true;
}

// One direction, or both, carry nothing for a while, and then all of it.
bool World::clog() {
  Site* site = any_connected();
  if (site == nullptr) return false;
  site->connection->clog(dice_.chance(500) ? Connection::kSite : Connection::kUpstream);
  return true;
}

bool World::unclog() {
  std::vector<Connection*> clogged;
  for (Site& site : sites_) {
    if (!site.connection) continue;
    for (const auto end : {Connection::kSite, Connection::kUpstream}) {
      if (site.connection->clogged(end)) clogged.push_back(site.connection.get());
    }
  }
  if (clogged.empty()) return false;
  Connection& connection = *dice_.pick(clogged);
  connection.unclog(Connection::kSite);
  connection.unclog(Connection::kUpstream);
  return true;
}

bool World::partition() {
  Site* site = any_connected();
  if (site == nullptr) return false;
  site->connection->partition(dice_.chance(500) ? Connection::kSite : Connection::kUpstream);
  return true;
}

}  // namespace sitelog::simulation
