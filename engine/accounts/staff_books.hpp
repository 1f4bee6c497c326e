#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "engine/accounts/account.hpp"
#include "engine/engine.hpp"

namespace sitelog {

// Accounts as records of the staff books (sync/merge/forms), which no device holds; all in memory
// too. One record an account: `name`, `added`, `disabled`, and for each role that it has a field
// `grant.` with a structure of `role` and `unit`; of a role for one campaign's records a field
// `grant_in.`, with `campaign` too, which builds that know of none pass over. Two daemons may have
// made one name in two books: both say of it what they say, until a change puts all of them right.
class StaffBooks final : public AccountBook {
 public:
  // What builds before kept them in: taken over, then removed.
  static constexpr const char* kOldFile = "accounts.json";

  // `engine` outlives it. Refuses kFolderDamaged an old file that can't be read as one.
  static Result<std::unique_ptr<StaffBooks>> open(Engine& engine);

  std::optional<Account> find(const std::string& name) const override;
  std::vector<Account> all() const override;
  Result<> put(const Account& account, const Person& by) override;

 private:
  struct Said {  // in one book
    BookCode book;
    RecordId record;
    Account account;
  };
  struct Kept {
    std::vector<Said> said;  // new roles go to the first
    Account account;         // what they say together
  };
  using ByLooks = std::map<std::u32string, Kept>;  // by what the name looks like

  explicit StaffBooks(Engine& engine) : engine_(engine) {}
  std::shared_ptr<const ByLooks> now() const;
  Result<> take_old_file();

  Engine& engine_;
  std::mutex writing_;        // one after the other; who reads doesn't wait for the disk
  mutable std::mutex mutex_;  // guards the pointer
  std::shared_ptr<const ByLooks> accounts_ = std::make_shared<ByLooks>();
};

}  // namespace sitelog
