#include "engine/accounts/sessions.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "engine/accounts/limits.hpp"
#include "engine/system.hpp"

namespace sitelog {

namespace {

constexpr size_t kIdBytes = 6;

template <class Session>
bool has_run_out(const Session& session, Sessions::Clock::time_point now) {
  return now - session.used > limits::kSessionIdle || now - session.began > limits::kSessionMost;
}

}  // namespace

std::string Sessions::begin(const std::string& account, Clock::time_point now,
                            const std::string& from) {
  const Secret secret = draw_secret(kSessionMark);
  const std::lock_guard lock(mutex_);
  make_room(account, now);
  const std::string id = to_hex(random_bytes<std::array<uint8_t, kIdBytes>>());
  sessions_[secret.hash] = {account, now, now, id, from};
  of_account_[account].insert(secret.hash);
  return secret.text;
}

// Of the account's own the one idle for longest goes; where all places are taken, of all.
void Sessions::make_room(const std::string& account, Clock::time_point now) {
  if (sessions_.size() >= limits::kSessionsMax) {
    for (auto at = sessions_.begin(); at != sessions_.end();) {
      const auto session = at++;
      if (has_run_out(session->second, now)) drop(Hash(session->first));
    }
  }
  const auto idler = [](const auto& a, const auto& b) { return a.second.used < b.second.used; };
  if (sessions_.size() >= limits::kSessionsMax) {
    drop(Hash(std::min_element(sessions_.begin(), sessions_.end(), idler)->first));
  }
  const auto own = of_account_.find(account);
  if (own == of_account_.end() || own->second.size() < limits::kSessionsOfAccountMax) return;
  drop(Hash(*std::min_element(own->second.begin(), own->second.end(),
                              [this](const Hash& a, const Hash& b) {
                                return sessions_.at(a).used < sessions_.at(b).used;
                              })));
}

std::optional<std::string> Sessions::find(std::string_view secret, Clock::time_point now) {
  const Hash hash = hash_of_secret(secret);
  const std::lock_guard lock(mutex_);
  const auto at = sessions_.find(hash);
  if (at == sessions_.end()) return std::nullopt;
  if (has_run_out(at->second, now)) {
    drop(hash);
    return std::nullopt;
  }
  at->second.used = now;
  return at->second.account;
}

bool Sessions::lasts(const Hash& session, Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  const auto at = sessions_.find(session);
  return at != sessions_.end() && !has_run_out(at->second, now);
}

std::optional<std::string> Sessions::end(std::string_view secret) {
  const Hash hash = hash_of_secret(secret);
  const std::lock_guard lock(mutex_);
  const auto at = sessions_.find(hash);
  if (at == sessions_.end()) return std::nullopt;
  std::string account = at->second.account;
  drop(hash);
  remember_end(hash, account);
  return account;
}

std::optional<std::string> Sessions::renew(std::string_view secret) {
  const Hash hash = hash_of_secret(secret);
  const Secret next = draw_secret(kSessionMark);
  const std::lock_guard lock(mutex_);
  const auto at = sessions_.find(hash);
  if (at == sessions_.end()) return std::nullopt;
  const Session session = at->second;
  drop(hash);
  remember_end(hash, session.account);
  sessions_[next.hash] = session;
  of_account_[session.account].insert(next.hash);
  return next.text;
}

std::vector<Sessions::Told> Sessions::of(const std::string& account, std::string_view secret,
                                         Clock::time_point now) const {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  const Hash asking = hash_of_secret(secret);
  std::vector<Told> out;
  const std::lock_guard lock(mutex_);
  const auto own = of_account_.find(account);
  if (own == of_account_.end()) return out;
  for (const Hash& hash : own->second) {
    const Session& session = sessions_.at(hash);
    if (has_run_out(session, now)) continue;
    out.push_back({session.id, session.from, duration_cast<seconds>(now - session.began),
                   duration_cast<seconds>(now - session.used), hash == asking});
  }
  std::sort(out.begin(), out.end(), [](const Told& a, const Told& b) {
    return std::tie(a.since, a.id) < std::tie(b.since, b.id);
  });
  return out;
}

bool Sessions::end_named(const std::string& account, const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto own = of_account_.find(account);
  if (own == of_account_.end()) return false;
  const auto at = std::find_if(own->second.begin(), own->second.end(),
                               [&](const Hash& hash) { return sessions_.at(hash).id == id; });
  if (at == own->second.end()) return false;
  const Hash session = *at;
  drop(session);
  remember_end(session, account);
  return true;
}

std::optional<std::string> Sessions::ended(std::string_view secret) const {
  const Hash hash = hash_of_secret(secret);
  const std::lock_guard lock(mutex_);
  const auto at = ended_.find(hash);
  return at != ended_.end() ? std::optional(at->second) : std::nullopt;
}

void Sessions::remember_end(const Hash& session, const std::string& account) {
  if (!ended_.emplace(session, account).second) return;
  ended_order_.push_back(session);
  if (ended_order_.size() <= limits::kEndedKept) return;
  ended_.erase(ended_order_.front());
  ended_order_.pop_front();
}

void Sessions::end_all(const std::string& account, std::string_view but) {
  const Hash kept = hash_of_secret(but);
  const std::lock_guard lock(mutex_);
  const auto own = of_account_.find(account);
  if (own == of_account_.end()) return;
  const std::set<Hash> all = own->second;
  for (const Hash& session : all) {
    if (session == kept) continue;
    drop(session);
    remember_end(session, account);
  }
}

std::vector<Sessions::Left> Sessions::left(Clock::time_point now) const {
  using std::chrono::duration_cast;
  using std::chrono::seconds;
  std::vector<Left> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [hash, session] : sessions_) {
    if (has_run_out(session, now)) continue;
    out.push_back({hash, session.account, session.id, session.from,
                   duration_cast<seconds>(now - session.began),
                   duration_cast<seconds>(now - session.used)});
  }
  return out;
}

void Sessions::take_back(const std::vector<Left>& left, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  for (const Left& each : left) {
    const Session session{each.account, now - each.since, now - each.idle, each.id, each.from};
    if (has_run_out(session, now)) continue;
    make_room(each.account, now);
    sessions_[each.session] = session;
    of_account_[each.account].insert(each.session);
  }
}

size_t Sessions::size() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

void Sessions::drop(const Hash& session) {
  const auto at = sessions_.find(session);
  if (at == sessions_.end()) return;
  const auto own = of_account_.find(at->second.account);
  own->second.erase(session);
  if (own->second.empty()) of_account_.erase(own);
  sessions_.erase(at);
}

}  // namespace sitelog
