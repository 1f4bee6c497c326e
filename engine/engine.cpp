#include "engine/engine.hpp"

#include <filesystem>

#include "sync/store/data_file.hpp"

namespace sitelog {

namespace {

// Carries an expected refusal out of the store's opener.
struct NotOpened {
  Refusal refusal;
};

// An operation runs on one thread, and every transaction that it asks for is asked for there.
thread_local const Engine::Noting::Note* noted_here = nullptr;
thread_local const Engine::Asking* asked_here = nullptr;
constexpr std::chrono::milliseconds kAskerLooked{200};

}  // namespace

Engine::Asking::Asking(const std::function<bool()>& may_go_on)
    : may_go_on_(may_go_on),
      before_(std::exchange(asked_here, this)),
      looked_(std::chrono::steady_clock::now()) {}

Engine::Asking::~Asking() {
  asked_here = before_;
}

void Engine::look_at_asker() {
  const Asking* const asking = asked_here;
  if (asking == nullptr) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - asking->looked_ < kAskerLooked) return;
  asking->looked_ = now;  // whatever is read to answer it doesn't ask it
  if (!asking->may_go_on_()) throw AskerGone{};
}

Engine::Noting::Noting(Note note) : note_(std::move(note)) {
  SITELOG_ASSERT(noted_here == nullptr);
  noted_here = &note_;
}

Engine::Noting::~Noting() {
  noted_here = nullptr;
}

const Engine::Noting::Note* Engine::noting() {
  return noted_here;
}

Refusal refusal_of(const StoreError& error) {
  switch (error.kind()) {
    case StoreError::Kind::kFull:
      return {Reason::kNotSaved,
              N_("the disk is full: nothing of this was saved, and what was saved before stands; "
                 "make room and try again"),
              {}};
    case StoreError::Kind::kDamaged:
      return {Reason::kFolderDamaged,
              N_("the data file is damaged ({}): stop using this folder and restore a backup"),
              {error.what()}};
    case StoreError::Kind::kShortage:
      return {
          Reason::kNotSaved,
          N_("the system is short of memory or of open files ({}): nothing was changed, and this "
             "says nothing of the data; end other programs and try again"),
          {error.what()}};
    default:
      return {Reason::kNotSaved,
              N_("the disk did not do what was asked ({}): nothing of this was saved"),
              {error.what()}};
  }
}

Engine::Engine(DataFolder folder, Identity identity)
    : folder_(std::move(folder)),
      identity_(std::move(identity)),
      readers_(std::make_unique<Readers>(folder_.database())) {}

StoreThread& Engine::store() {
  if (store_) return *store_;
  throw StoreError(StoreError::Kind::kOther,
                   "read-only: here records can be listed and verified, no more");
}

std::shared_ptr<const CampaignCatalogue> Engine::campaigns() const {
  const std::lock_guard lock(reading_campaigns_);
  return campaigns_;
}

void Engine::publish_campaigns() {
  auto now = std::make_shared<const CampaignCatalogue>(*catalogue_);
  const std::lock_guard lock(reading_campaigns_);
  campaigns_ = std::move(now);
}

void Engine::close() {
  readers_->close();
  if (store_) store_->close();
}

std::vector<std::string> Engine::addresses() const {
  const std::lock_guard lock(addresses_);
  return identity_.addresses;
}

void Engine::use_address(const std::string& address) {
  const std::lock_guard lock(addresses_);
  std::vector<std::string>& known = identity_.addresses;
  if (!known.empty() && known.front() == address) return;
  std::erase(known, address);
  known.insert(known.begin(), address);
  save_identity(folder_, identity_);
}

std::shared_ptr<const UnitTree> Engine::units(const Queries& queries) {
  const Hash now = queries.state_digest(BookCode(kRootBook));
  const std::lock_guard lock(reading_units_);  // who wants the same waits for the one who reads it
  if (units_ && units_of_ == now) return units_;
  std::vector<Unit> all;
  queries.each_unit([&all](const RecordState& record) {
    if (auto unit = unit_from(record)) all.push_back(*std::move(unit));
  });
  units_ = std::make_shared<const UnitTree>(std::move(all));
  units_of_ = now;
  return units_;
}

Result<std::unique_ptr<Engine>> Engine::open(const std::string& path, const std::string& purpose,
                                             int64_t wait_ms, const OnOpening& on_opening) {
  auto folder = DataFolder::open(path, purpose, wait_ms);
  if (!folder) return folder.refusal();
  auto identity = load_identity(*folder);
  if (!identity) return identity.refusal();
  if (!identity->agreement_key) {
    try {
      add_agreement_key(*folder, *identity);
    } catch (const StoreError&) {
      // A folder of an earlier build on a full disk: it can be read all the same.
    }
  }
  const bool read_only = folder->read_only();
  // SQLite would make a new data file in place of one that is gone or empty.
  std::error_code missing;
  if (std::filesystem::file_size(folder->database(), missing) == 0 || missing) {
    return damaged_file("sitelog.db", path);
  }
  std::unique_ptr<Engine> engine(new Engine(std::move(*folder), std::move(*identity)));
  if (read_only) {
    engine->catalogue_ = std::make_unique<CampaignCatalogue>();
    try {
      if (is_of_older_schema(engine->folder_.database())) {
        auto copy =
            ReadingCopy::make(engine->folder_.database(), engine->identity_.owner(), on_opening);
        if (!copy) return copy.refusal();
        engine->copy_ = std::move(*copy);
        engine->readers_ = std::make_unique<Readers>(engine->copy_->database());
      }
      engine->read([&](const Queries& queries) {
        queries.teach(*engine->catalogue_, device_of(engine->identity_.headquarters));
        return Done{};
      });
      engine->publish_campaigns();
    } catch (const StoreError& error) {
      return refusal_of(error);
    }
    return engine;
  }
  const auto open_store = [raw = engine.get()]() -> std::unique_ptr<Store> {
    raw->catalogue_ = std::make_unique<CampaignCatalogue>();
    raw->recent_marks_ = std::make_unique<RecentMarks>();
    raw->last_unit_ = std::make_unique<LastUnit>();
    StoreOptions options;
    options.on_opening = raw->on_opening_;
    options.space = [raw] { return raw->folder_.folder().space(); };
    options.on_clock = [raw](const ClockBelief& belief) { raw->on_clock(belief); };
    auto store = Store::open(raw->folder_.database(), raw->identity_.owner(), *raw->catalogue_,
                             random_number, options);
    if (!store) throw NotOpened{store.refusal()};
    raw->publish_campaigns();
    return std::move(*store);
  };
  engine->on_opening_ = on_opening;
  const std::shared_ptr<void> opened(nullptr,
                                     [raw = engine.get()](void*) { raw->on_opening_ = {}; });
  try {
    engine->store_ = std::make_unique<StoreThread>(
        [open_store]() {
          try {
            return open_store();
          } catch (const NotOpened& problem) {
            // Opening anew after a failure: no refusal is expected, the disk is to blame.
            throw StoreError(StoreError::Kind::kDamaged, describe(problem.refusal));
          }
        },
        [raw = engine.get()](const std::string& what) { raw->on_failure(what); },
        [raw = engine.get()] {
          if (raw->catalogue_->revision() != raw->campaigns_->revision()) raw->publish_campaigns();
        });
  } catch (const StoreError& error) {
    // Once more, for the refusal itself.
    try {
      open_store();
    } catch (const NotOpened& problem) {
      return problem.refusal;
    } catch (const StoreError&) {
      // The first error stands.
    }
    return refusal_of(error);
  }
  return engine;
}

}  // namespace sitelog
