#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sync/ledger/result.hpp"

namespace sitelog {

// What became of reading a file: the value, or everything that is wrong with the file.
template <class T>
struct [[nodiscard]] Parsed {
  std::optional<T> value;
  std::vector<Refusal> problems;  // in the order of the lines; empty when there is a value

  explicit operator bool() const { return value.has_value(); }
  T& operator*() { return *value; }
  const T& operator*() const { return *value; }
  T* operator->() { return &*value; }
  const T* operator->() const { return &*value; }
};

// Collects what is wrong with one file. Each message names the file and the line first, so its
// text begins with "{} line {}: ".
class ProblemList {
 public:
  explicit ProblemList(std::string file) : file_(std::move(file)) {}

  void add(size_t line, std::string text, std::vector<std::string> args = {});
  bool empty() const { return found_.empty(); }
  // In the order of the lines.
  std::vector<Refusal> take();

 private:
  struct Found {
    size_t line;
    Refusal refusal;
  };
  std::string file_;
  std::vector<Found> found_;
};

}  // namespace sitelog
