#include "client/agent.hpp"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "client/backoff.hpp"
#include "client/link_watch.hpp"
#include "client/new_comments.hpp"
#include "client/site.hpp"
#include "command/folder_owner.hpp"
#include "command/opening_teller.hpp"
#include "command/process.hpp"
#include "command/terminal/language.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// Something to sleep on that others can end early.
class Alarm {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    changed_.notify_all();
  }
  void sleep(int64_t most_ms, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, std::chrono::milliseconds(most_ms), [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool rung_ = false;
};

// Keeps in touch with headquarters, on a thread of its own.
class Contact {
 public:
  Contact(Engine& engine, Output& out)
      : engine_(engine), out_(out), comments_(engine), watch_([this] { alarm_.ring(); }) {
    subscription_ = engine_.store().subscribe([this](const auto&) { alarm_.ring(); });
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~Contact() {
    thread_.request_stop();
    alarm_.ring();
    thread_.join();
    engine_.store().unsubscribe(subscription_);
  }

 private:
  void run(const std::stop_token& stop) {
    SyncConnector connector(connector_config(engine_), engine_.store());
    Backoff backoff;
    while (!stop.stop_requested()) {
      const SyncOutcome outcome = try_addresses(connector, stop);
      if (stop.stop_requested()) return;
      // On a link that never lasts it is worth the next attempt at once as long as it gets ahead.
      if (outcome.caught_up || outcome.got_ahead) backoff.succeeded();
      if (outcome.failure) {
        remember(engine_, outcome);
        tell("offline", message_of(*outcome.failure));
      }
      alarm_.sleep(outcome.failure ? backoff.failed_ms(random_number())
                                   : Backoff::period_ms(random_number()),
                   stop);
    }
  }

  SyncOutcome try_addresses(SyncConnector& connector, const std::stop_token& stop) {
    SyncOutcome outcome;
    outcome.failure =
        Refusal{Reason::kUnreachable,
                N_("no address of headquarters is known: give --headquarters HOST:PORT"),
                {}};
    for (const std::string& address : engine_.addresses()) {
      bool was_caught_up = false;
      outcome = connector.run_live(address, stop, [&](const SyncProgress& progress) {
        if (progress.caught_up && !was_caught_up) remember_contact(progress, address);
        if (progress.caught_up) tell_comments();
        was_caught_up = progress.caught_up;
      });
      outcome.caught_up = outcome.caught_up || was_caught_up;
      if (!outcome.failure || !says_nothing_of_others(*outcome.failure)) break;
    }
    return outcome;
  }

  void remember_contact(const SyncProgress& progress, const std::string& address) {
    SyncOutcome so_far;
    so_far.sent = progress.sent;
    so_far.received = progress.received;
    so_far.caught_up = true;
    remember(engine_, so_far);
    tell("caught_up", address);
  }

  void tell_comments() {
    for (const auto& item : comments_.come()) {
      json::object line = item.as_object();
      out_.text(text_of_comment(line));
      line["event"] = "comment";
      out_.line(line);
    }
  }

  void tell(const char* what, const std::string& detail) {
    out_.line({{"event", what}, {"detail", detail}});
    out_.text(fill(tr("{}: {}"), {tr(what), detail}));
  }

  Engine& engine_;
  Output& out_;
  NewComments comments_;
  Alarm alarm_;
  uint64_t subscription_ = 0;
  LinkWatch watch_;
  std::jthread thread_;
};

}  // namespace

int run_agent(Output& out, const std::string& folder) {
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, SIGTERM);
  sigaddset(&held, SIGINT);
  pthread_sigmask(SIG_BLOCK, &held, nullptr);
  out.stay();
  outlive_terminal();

  auto teller = std::make_unique<OpeningTeller>(out, folder);
  auto site = open_site(folder, "sitelog agent", 5000, teller->listener());
  teller.reset();
  if (!site) return out.refused(site.refusal());
  tell_tightened(out, (*site)->engine->folder());
  const OperationTable operations = site_operations(site->get());
  auto local = answer_callers(folder, operations);
  if (!local) return out.refused(local.refusal());
  out.line({{"event", "started"}, {"detail", folder}});
  out.text(fill(tr("The agent is running for the data folder {}."), {folder}));
  {
    const Contact contact(*(*site)->engine, out);
    int signal_number = 0;
    while (sigwait(&held, &signal_number) != 0) {
    }
  }
  (*local)->stop();
  (*site)->engine->close();
  return kExitDone;
}

}  // namespace sitelog
