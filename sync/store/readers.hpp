#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "sync/store/queries.hpp"

namespace sitelog {

// Reads a data file, whoever writes it meanwhile. Connections that were used are kept for the next
// who read, as opening one takes longer than most of what is asked. Any thread; closed before the
// store whose file it is, which has to be the last to leave it: else its log stays there.
class Readers {
 public:
  explicit Readers(std::string path);
  ~Readers();
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  // Runs `task(const Queries&)` on this thread: all that is asked sees one moment. Throws
  // StoreError.
  template <class Task>
  auto read(Task task) {
    Reading reading(*this);
    return task(reading.queries());
  }

  size_t idle() const;  // connections that are kept
  void close();         // these

 private:
  class Connection;

  // One connection and its moment.
  class Reading {
   public:
    explicit Reading(Readers& readers);
    ~Reading();
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    const Queries& queries() const;

   private:
    Readers& readers_;
    const int exceptions_;
    std::unique_ptr<Connection> connection_;
  };

  const std::string path_;
  mutable std::mutex idle_mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace sitelog
