#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "engine/accounts/account.hpp"
#include "sync/store/folder.hpp"

namespace sitelog {

// Accounts in a file of the data folder (accounts.json), all in memory too.
class LocalAccountBook final : public AccountBook {
 public:
  static constexpr const char* kFile = "accounts.json";
  // `folder` outlives it. Refuses kFolderDamaged a file that is there and can't be read as one.
  static Result<std::unique_ptr<LocalAccountBook>> open(const DataFolder& folder);

  std::optional<Account> find(const std::string& name) const override;
  std::vector<Account> all() const override;
  void put(const Account& account) override;

 private:
  explicit LocalAccountBook(const DataFolder& folder) : folder_(folder) {}

  using ByLooks = std::map<std::u32string, Account>;  // by what the name looks like
  std::shared_ptr<const ByLooks> now() const;
  static std::string to_file(const ByLooks& accounts);
  static ByLooks from_file(const std::string& text);

  const DataFolder& folder_;
  std::mutex writing_;        // one after the other; who reads doesn't wait for the disk
  mutable std::mutex mutex_;  // guards the pointer
  std::shared_ptr<const ByLooks> accounts_ = std::make_shared<ByLooks>();
};

}  // namespace sitelog
