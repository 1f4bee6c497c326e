#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "engine/accounts/accounts.hpp"
#include "http/reply.hpp"
#include "http/request.hpp"

namespace sitelog {

// One request, read and known. Lives for one call of a handler.
struct Asked {
  RequestHead head;
  std::string body;
  Language language = Language::kChinese;
  std::string from;                // the address, as it is told
  std::string neighbourhood;       // whose address that is (owner_of)
  std::optional<Visitor> visitor;  // who has shown who they are
  std::string session;             // the secret of the cookie, where that was how
};

struct Route {
  // On a thread that may wait. Answers exactly once.
  std::function<void(const Asked&, Reply&)> handler = {};
  bool open = false;    // for who has not signed in too
  bool set_up = false;  // for who has to set up a second factor first too
  bool page = false;    // for people: whatever query its address came to have says nothing
  bool writes = false;  // waits for the store to have written
  bool file = false;    // sends a file for as long as its reader takes
  // In the handler's place, of what is at hand and waits for nothing: on the thread of all sockets.
  std::function<Response(const Asked&)> at_once = {};
};

// Which handler a request is for: by path and method, exactly. A value; made once.
class Router {
 public:
  // The same twice is a bug.
  void add(const std::string& method, const std::string& path, Route route);
  // For every path that begins so and is no other route's. It ends in "/".
  void add_below(const std::string& method, const std::string& path, Route route);
  struct Found {
    const Route* route = nullptr;  // null: no such path, or not by this method
    std::string allowed;           // the methods that there are; empty: no such path
  };
  Found find(const std::string& method, const std::string& path) const;

 private:
  using Methods = std::map<std::string, Route>;
  std::map<std::string, Methods> routes_, below_;
};

}  // namespace sitelog
