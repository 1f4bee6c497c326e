#include "campaign/problems.hpp"

#include <algorithm>

namespace sitelog {

void ProblemList::add(size_t line, std::string text, std::vector<std::string> args) {
  args.insert(args.begin(), {file_, std::to_string(line)});
  found_.push_back({line, {Reason::kInvalidFile, std::move(text), std::move(args)}});
}

std::vector<Refusal> ProblemList::take() {
  std::stable_sort(found_.begin(), found_.end(),
                   [](const Found& a, const Found& b) { return a.line < b.line; });
  std::vector<Refusal> out;
  for (Found& found : found_) out.push_back(std::move(found.refusal));
  found_.clear();
  return out;
}

}  // namespace sitelog
