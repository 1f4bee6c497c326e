#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/accounts/secret.hpp"

namespace sitelog {

// Who is signed in, by what their secrets hash to. In memory. Times come in. Any thread.
class Sessions {
 public:
  using Clock = std::chrono::steady_clock;

  // Its secret, told to nobody else and never again. `from`: the address that signed in.
  std::string begin(const std::string& account, Clock::time_point now,
                    const std::string& from = {});
  // Whose it is; nothing where it never was, or has ended or run out.
  std::optional<std::string> find(std::string_view secret, Clock::time_point now);
  // Whether it goes on, by what its secret hashes to. Is no use of it.
  bool lasts(const Hash& session, Clock::time_point now) const;
  // Whose it was that was ended by somebody (not: ran out), of the last ones.
  std::optional<std::string> ended(std::string_view secret) const;
  // Whose it was.
  std::optional<std::string> end(std::string_view secret);
  // It goes on by a new secret, which is told; the one so far has ended. Nothing where there is
  // none.
  std::optional<std::string> renew(std::string_view secret);

  // As their account is told of them: `id` names one and opens nothing.
  struct Told {
    std::string id, from;
    std::chrono::seconds since{0}, idle{0};
    bool asking = false;  // it is the one with this secret
  };
  // The newest first.
  std::vector<Told> of(const std::string& account, std::string_view secret,
                       Clock::time_point now) const;
  // False where the account has none of this name.
  bool end_named(const std::string& account, const std::string& id);
  // Ends all of an account, but for the one with this secret.
  void end_all(const std::string& account, std::string_view but = {});
  size_t size() const;

  // To go on in the process that follows this one: by what its secret hashes to.
  struct Left {
    Hash session;
    std::string account, id, from;
    std::chrono::seconds since{0}, idle{0};
  };
  std::vector<Left> left(Clock::time_point now) const;
  // As old as they are said to be; those that have run out are not.
  void take_back(const std::vector<Left>& left, Clock::time_point now);

 private:
  struct Session {
    std::string account;
    Clock::time_point began, used;
    std::string id, from;
  };
  void drop(const Hash& session);
  void remember_end(const Hash& session, const std::string& account);
  void make_room(const std::string& account, Clock::time_point now);

  mutable std::mutex mutex_;
  std::map<Hash, Session> sessions_;
  std::map<std::string, std::set<Hash>> of_account_;
  std::map<Hash, std::string> ended_;
  std::deque<Hash> ended_order_;
};

}  // namespace sitelog
