#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "sync/ledger/result.hpp"

// A refusal of something that has parts: a record with its fields, a file with its lines, a request
// with its arguments. Everything that is wrong is told at once, each part by its name.
namespace sitelog {

// What is wrong or unusual about one part. The message does not name it.
struct FieldProblem {
  std::string field;  // empty: what was given as a whole
  Refusal refusal;
  bool operator==(const FieldProblem&) const = default;
};

// Of more than this many, the first are told; the message says how many there are.
inline constexpr size_t kProblemsToldMax = 1000;

struct DetailedRefusal : Refusal {
  DetailedRefusal() = default;
  DetailedRefusal(Refusal whole, std::vector<FieldProblem> parts = {})
      : Refusal(std::move(whole)), problems(std::move(parts)) {
    if (problems.size() > kProblemsToldMax) problems.resize(kProblemsToldMax);
  }
  std::vector<FieldProblem> problems;
  bool operator==(const DetailedRefusal&) const = default;
};

// As Result<T>, but what is refused has parts.
template <class T>
class [[nodiscard]] Answer {
 public:
  Answer(T value) : state_(std::move(value)) {}
  Answer(Refusal refusal) : state_(DetailedRefusal(std::move(refusal))) {}
  Answer(DetailedRefusal refusal) : state_(std::move(refusal)) {}
  Answer(Result<T> result) : state_(DetailedRefusal()) {
    if (result) {
      state_ = *std::move(result);
    } else {
      state_ = DetailedRefusal(result.refusal());
    }
  }

  explicit operator bool() const { return std::holds_alternative<T>(state_); }
  T& operator*() & { return std::get<T>(state_); }
  const T& operator*() const& { return std::get<T>(state_); }
  T operator*() && { return std::get<T>(std::move(state_)); }
  T* operator->() { return &std::get<T>(state_); }
  const T* operator->() const { return &std::get<T>(state_); }
  const DetailedRefusal& refusal() const { return std::get<DetailedRefusal>(state_); }

 private:
  std::variant<T, DetailedRefusal> state_;
};

// The reason of this name; kMalformed for one that this version does not know.
Reason reason_named(std::string_view name);

// {"reason","text","args"}, with "field" before them, with "problems" behind them: the message's id
// and what stands in it, so that whoever reads it chooses the language.
boost::json::object to_json(const Refusal& refusal);
boost::json::object to_json(const FieldProblem& problem);
boost::json::object to_json(const DetailedRefusal& refusal);
// The same of what is to be known beside something that was done: kNotice, as nothing was refused.
boost::json::object notice_json(Refusal notice);
// The inverse; what is missing or not as above is left out.
Refusal refusal_from(const boost::json::object& json);
FieldProblem problem_from(const boost::json::object& json);
DetailedRefusal detailed_refusal_from(const boost::json::object& json);

}  // namespace sitelog
