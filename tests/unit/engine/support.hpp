#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/headquarters.hpp"
#include "tests/support/folder.hpp"

namespace sitelog {

// A headquarters in a temporary folder, with a small tree of units and a campaign of one form,
// asked by its table. Every line and answer is checked against its row's shape.
class AskedHeadquarters {
 public:
  AskedHeadquarters();

  OperationAnswer ask(const std::string& name, const boost::json::object& args);
  OperationAnswer ask_as(const Caller& caller, const std::string& name,
                         const boost::json::object& args);
  // Gives the operation these values to read.
  OperationAnswer ask_with(const std::string& name, const boost::json::object& args,
                           std::vector<boost::json::value> input);
  // Called before each of these values is read.
  std::function<void()> before_input = [] {};
  // What the last asking said before its answer.
  const std::vector<boost::json::object>& lines() const { return lines_; }

  Engine& engine() { return *headquarters_->engine; }
  Headquarters& headquarters() { return *headquarters_; }
  // A record of `unit`; its id.
  std::string add_event(const BookCode& unit, const std::string& title);
  boost::json::object shown(const std::string& record);
  // What was just shown of it: to be given back as "seen".
  std::string seen(const std::string& record);
  // Sets `field` of a record to each of the values, none knowing of the others.
  void change_at_once(const std::string& record, const std::string& field,
                      const std::vector<Value>& values);

 private:
  TemporaryFolder folder_;
  std::unique_ptr<Headquarters> headquarters_;
  OperationTable operations_{"sitelogd"};
  std::vector<boost::json::object> lines_;
  std::vector<boost::json::value> input_;
};

}  // namespace sitelog
