#include "http/router.hpp"

namespace sitelog {

void Router::add(const std::string& method, const std::string& path, Route route) {
  SITELOG_ASSERT(routes_[path].emplace(method, std::move(route)).second);
}

void Router::add_below(const std::string& method, const std::string& path, Route route) {
  SITELOG_ASSERT(path.ends_with('/') && below_[path].emplace(method, std::move(route)).second);
}

Router::Found Router::find(const std::string& method, const std::string& path) const {
  const Methods* methods = nullptr;
  for (const auto& [begin, each] : below_) {
    if (path.starts_with(begin)) methods = &each;
  }
  if (const auto at = routes_.find(path); at != routes_.end()) methods = &at->second;
  if (methods == nullptr) return {};
  Found out;
  for (const auto& [name, route] : *methods) {
    out.allowed += (out.allowed.empty() ? "" : ", ") + name;
    if (name == "GET") out.allowed += ", HEAD";
    if (name == method) out.route = &route;
  }
  return out;
}

}  // namespace sitelog
