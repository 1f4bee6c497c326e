#include "http/router.hpp"

namespace sitelog {

void Router::add(const std::string& method, const std::string& path, Route route) {
  SITELOG_ASSERT(routes_[path].emplace(method, std::move(route)).second);
}

Router::Found Router::find(const std::string& method, const std::string& path) const {
  const auto at = routes_.find(path);
  if (at == routes_.end()) return {};
  Found out;
  for (const auto& [name, route] : at->second) {
    out.allowed += (out.allowed.empty() ? "" : ", ") + name;
    if (name == method) out.route = &route;
  }
  return out;
}

}  // namespace sitelog
