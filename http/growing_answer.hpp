#pragma once

#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "engine/operation.hpp"
#include "http/reply.hpp"
#include "http/router.hpp"

namespace sitelog {

// What the head of an answer says beyond the answer.
struct AnswerExtras {
  int status = 0;                                                // 0: as the refusal has it
  std::vector<std::pair<std::string, std::string>> fields = {};  // of the head
  boost::json::object members = {};                              // of a problem
};

// The answer of an operation as it grows: {"lines":[…],"answer":{…}}, or a line for each where that
// was asked for. Nothing leaves before it is more than is held: until then a refusal has a status
// of its own, and what is read by GET a tag; later it is the last member.
class GrowingAnswer {
 public:
  GrowingAnswer(Reply& reply, const Asked& asked);

  bool by_line() const { return by_line_; }
  // Throws ReaderGone.
  void add(const char* kind, const boost::json::object& object);
  bool finished() const { return finished_; }
  void finish(const OperationAnswer& answer, AnswerExtras extras = {});

 private:
  void add_told(const char* kind, const boost::json::object& object);
  std::string type() const;
  void put(const std::string& bytes);
  void send(AnswerExtras extras);

  Reply& reply_;
  const Asked& asked_;
  const bool by_line_;
  std::string held_;
  std::string seen_;  // what the one line says was seen
  size_t lines_ = 0;
  bool begun_ = false, finished_ = false;
};

}  // namespace sitelog
