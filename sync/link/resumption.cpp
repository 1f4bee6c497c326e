#include "sync/link/resumption.hpp"

#include <algorithm>
#include <utility>

namespace sitelog {

void Resumptions::keep(DeviceId device, std::string name, std::string session) {
  if (!devices_.contains(device)) {
    if (devices_.size() == devices_max_) forget(eldest_.front());
    eldest_.push_back(device);
  }
  auto& kept = devices_[device];
  names_.erase(kept[1].name);
  names_[name] = device;
  kept[1] = {std::move(name), std::move(session)};
  std::swap(kept[0], kept[1]);
}

std::string Resumptions::find(const std::string& name) {
  const auto at = names_.find(name);
  if (at == names_.end()) return {};
  auto& kept = devices_.at(at->second);
  if (kept[1].name == name) std::swap(kept[0], kept[1]);
  return kept[0].session;
}

void Resumptions::forget(DeviceId device) {
  const auto at = devices_.find(device);
  if (at == devices_.end()) return;
  for (const Kept& kept : at->second) names_.erase(kept.name);
  devices_.erase(at);
  eldest_.erase(std::find(eldest_.begin(), eldest_.end(), device));
}

}  // namespace sitelog
