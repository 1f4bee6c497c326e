#pragma once

#include <boost/json.hpp>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "engine/caller.hpp"
#include "engine/engine.hpp"
#include "sync/store/asked_write.hpp"

namespace sitelog {

// A word for what this role may do and where. The same roles have the same.
std::string name_of_role(const Role& role);

// Writes that were asked for by a key of the asker's own (Idempotency-Key): what was done by a key
// is not done again but answered as it was. What was done is noted by the transaction that does it,
// so a killed process has noted exactly what it did; the answer comes behind, before anybody is
// told it. Bounded: limits::kAskedKept. Any thread but the store's. Outlives its turns.
class AskedOnce {
 public:
  explicit AskedOnce(Engine& engine) : engine_(engine) {}

  struct Asking {
    std::string account;
    std::string key;
    Hash request;  // of all that makes it what it is
    // What is answered opens something, or what is asked holds a password: no file keeps any of it.
    bool secret = false;
    // As they are now: what names each of the asker's roles (name_of_role), and where they may do
    // what they ask for. `of_one`: it is done to one record.
    std::set<std::string> by = {};
    Scope scope = {};
    bool of_one = false;
  };
  // It was done before. `may_be_told`: they would still be let do it, as far as can be told: to the
  // record that it wrote, else by all the roles that it was asked with. `answer`: as given to
  // Turn::done; nothing where that is not known any more: then `written`,
  // {"record","stream","number"} of its first entry, or nothing where it wrote none.
  struct Before {
    std::optional<boost::json::object> answer;
    std::optional<boost::json::object> written;
    bool may_be_told = false;
  };
  enum class Refused { kUnderWay, kAnotherRequest };

  // This one does it. While it lives nobody else does; what this thread writes meanwhile is noted.
  class Turn {
   public:
    Turn(AskedOnce& asked, std::pair<std::string, Hash> name);
    // Forgotten where nothing was written and it is not done: it can be asked again.
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    // It is done, and answered so; nothing: in more words than are kept.
    void done(const std::optional<boost::json::object>& answer);

   private:
    AskedOnce& asked_;
    const std::pair<std::string, Hash> name_;
    Engine::Noting noting_;
  };

  std::variant<std::unique_ptr<Turn>, Before, Refused> begin(const Asking& asking);

 private:
  using Name = std::pair<std::string, Hash>;  // account, what the key hashes to
  struct Known {
    size_t place = 0;
    uint64_t turn = 0;  // the higher the later
    bool running = false;
    bool done = false;  // or begun, as far as is known
    bool secret = false;
    AskedWrite kept;
    std::optional<boost::json::object> answer = std::nullopt;  // of a secret one
  };
  void read_kept();
  bool make_room(const std::string& account, int64_t now_ms);
  void forget(std::map<Name, Known>::iterator known);
  void note(const Name& name, Store& store, const Written& written);
  bool is_written(size_t place, const AskedWrite& said);
  void end(const Name& name);
  Before before(const Known& known) const;
  bool may_be_told(const Asking& asking, const AskedWrite& kept);

  Engine& engine_;
  std::mutex reading_;  // guards this one
  bool read_ = false;
  std::mutex mutex_;  // guards those below; the store's thread takes it too: never held for long
  uint64_t last_turn_ = 0;
  std::map<Name, Known> known_;
  std::map<std::string, size_t> of_account_;
  std::set<size_t> free_;
};

}  // namespace sitelog
