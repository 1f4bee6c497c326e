#pragma once

#include <boost/json.hpp>
#include <memory>
#include <optional>

#include "http/growing_answer.hpp"
#include "http/operation_routes.hpp"

namespace sitelog {

// A write that is asked for by a key (Idempotency-Key): done once, and answered alike as often as
// it is asked for. Without a key, and where nothing is written, it changes nothing. Lives for one
// request.
class KeyedWrite {
 public:
  // `caller`: nobody where they may not ask for it; then it is as without a key. All outlive it.
  KeyedWrite(const Operation& operation, const ApiParts& parts, const Asked& asked,
             const Result<Caller>& caller);

  // Answers what is not to be done (again); true where it did.
  bool answers(GrowingAnswer& growing, Reply& reply);
  // Passes on what the operation says. A write by a key goes on to its end without a reader, so
  // that who asks again is told how it ended.
  void tell(GrowingAnswer& growing, const char* kind, const boost::json::object& said);
  // Before the answer is sent.
  void ended(const OperationAnswer& answer);

 private:
  bool begin(GrowingAnswer& growing, Reply& reply, const std::string& key);
  void answer_again(GrowingAnswer& growing, Reply& reply, const AskedOnce::Before& before);
  void refuse(Reply& reply, int status, Refusal why) const;

  const Operation& operation_;
  const ApiParts& parts_;
  const Asked& asked_;
  const Result<Caller>& caller_;
  std::unique_ptr<AskedOnce::Turn> turn_;
  std::optional<boost::json::array> lines_ = boost::json::array();  // nothing: too much to be kept
  size_t bytes_ = 0;
  bool reader_gone_ = false;
};

}  // namespace sitelog
