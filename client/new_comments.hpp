#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "engine/engine.hpp"

namespace sitelog {

// Which of headquarters' comments came since somebody looked last, first since this was made. For
// one thread, not the store's; the engine outlives it.
class NewComments {
 public:
  explicit NewComments(Engine& engine);
  // Of each {"record","text","person","wall"}, of a record oldest first; the first kToldMax of
  // them.
  boost::json::array come();

  static constexpr size_t kToldMax = 100;

 private:
  void learn_all();

  Engine& engine_;
  StreamPositions looked_at_;
  std::map<std::string, int64_t> known_;  // of each stream the last entry that was there
};

// One of them in words, on a line.
std::string text_of_comment(const boost::json::object& comment);

}  // namespace sitelog
