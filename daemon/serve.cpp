#include "daemon/serve.hpp"

#include <pthread.h>
#include <signal.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <mutex>
#include <thread>

#include "campaign/text.hpp"
#include "command/folder_owner.hpp"
#include "command/opening_teller.hpp"
#include "command/process.hpp"
#include "command/terminal/language.hpp"
#include "daemon/enrolment.hpp"
#include "daemon/export_jobs.hpp"
#include "daemon/export_reach.hpp"
#include "daemon/headquarters_commands.hpp"
#include "daemon/text_indexer.hpp"
#include "http/event_feed.hpp"
#include "http/https_door.hpp"
#include "http/limits.hpp"
#include "http/page_files.hpp"
#include "sync/link/address.hpp"
#include "sync/link/sync_listener.hpp"

namespace sitelog {

namespace json = boost::json;

namespace {

// The log goes out as the notes of a command that stays do: whoever logs never waits for a reader.
class NoteSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit NoteSink(const Output& out) : out_(out) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    // Whoever's words are in it, an address that was asked for: a line of the log stays one line.
    out_.note_line(on_one_line(trimmed({line.data(), line.size()})) + "\n");
  }
  void flush_() override {}

  const Output& out_;
};

// SIGTERM, SIGINT and SIGHUP are taken by `wait_for_signal`, in every thread started after this.
sigset_t hold_signals() {
  sigset_t held;
  sigemptyset(&held);
  sigaddset(&held, SIGTERM);
  sigaddset(&held, SIGINT);
  sigaddset(&held, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &held, nullptr);
  return held;
}

// How often what waits for this computer's clock to be right is looked at; and the files of the
// page's certificate.
constexpr std::chrono::seconds kClockMinded{60};
constexpr timespec kFilesLooked{.tv_sec = 2, .tv_nsec = 0};

// 0 when that time is over first.
int wait_for_signal(const sigset_t& held, const timespec& most) {
  for (;;) {
    const int signal = sigtimedwait(&held, nullptr, &most);
    if (signal >= 0) return signal;
    if (errno != EINTR) return 0;
  }
}

// Looks at devices' clocks where that waited: before anybody brings something that it is too late
// for.
void mind_clock(Headquarters& headquarters) {
  try {
    headquarters.engine->call([](Store& store, const CampaignCatalogue&) {
      store.mind_clock(read_clock());
      return true;
    });
  } catch (const StoreError&) {
    // Told where all that can't be saved is; the next time comes.
  }
}

ListenerConfig listener_config(Headquarters& headquarters, const WebCertificate& web,
                               HttpsDoor& door, spdlog::logger& log) {
  const Identity& identity = headquarters.engine->identity();
  auto certificate = Certificate::parse(identity.certificate);
  auto authority = Certificate::parse(identity.authority);
  SITELOG_ASSERT(certificate && authority);
  return ListenerConfig{
      .key = identity.key,
      .certificate = *certificate,
      .authority = *authority,
      .software = "sitelogd",
      .clock = read_clock,
      .join =
          [&headquarters](Replica& replica, const JoinRequest& request) {
            return enrol(headquarters, dynamic_cast<Store&>(replica), request);
          },
      .on_event = [&log](
                      LinkEvent event,
                      const std::string& detail) { log.info("{} {}", tr(name_of(event)), detail); },
      .web = web,
      .on_web = [&door](TlsGuest guest,
                        const std::string& address) { door.take(std::move(guest), address); },
      .words = [](const Refusal& said) { return message_of(said); }};
}

EventFeedConfig feed_config(Headquarters& headquarters, spdlog::logger& log) {
  return {.engine = *headquarters.engine,
          .accounts = *headquarters.accounts,
          .roles =
              [&headquarters](const std::vector<RoleGrant>& grants) {
                return headquarters.roles->as_held(grants);
              },
          .on_trouble =
              [&log](const std::string& what) {
                log.error("{}", fill(tr("the page's door: {}"), {what}));
              }};
}

Result<std::optional<Download>> exported(Headquarters& headquarters, const Caller& caller,
                                         const std::string& id) {
  ExportJobs& jobs = *headquarters.exports;
  const auto job = export_to_give(jobs, *headquarters.engine, caller, id);
  if (!job) return job.refusal();
  auto file = *job ? jobs.open(caller.name, id) : std::nullopt;
  if (!file) return std::optional<Download>();
  const auto held = std::make_shared<FileHandle>(std::move(*file));
  return std::optional(Download{
      [held](uint64_t offset, size_t most) { return held->read_at(offset, most, "an export"); },
      (*job)->bytes, (*job)->name, (*job)->type, (*job)->digest});
}

// What is installed beside the program, or lies where `web` says.
std::shared_ptr<const PageFiles> review_page(const WebOptions& web, spdlog::logger& log) {
  namespace fs = std::filesystem;
  std::error_code none;
  fs::path folder = web.pages;
  if (web.pages.empty()) {
    const fs::path program = fs::read_symlink("/proc/self/exe", none);
    folder = program.parent_path().parent_path() / "share/sitelog/pages";
    if (!fs::exists(folder, none)) return nullptr;
  }
  folder /= fs::path(kReviewPage).relative_path();
  std::vector<std::string> left_out;
  auto read = PageFiles::read(folder.string(), left_out);
  if (!read) {
    log.error("{}", fill(tr("the pages in {} are not shown: {}"),
                         {folder.string(), message_of(read.refusal())}));
    return nullptr;
  }
  if (!left_out.empty()) {
    log.warn("{}", fill(tr("of the pages in {} these are left out, as they are no files (links are "
                           "not followed): {}"),
                        {folder.string(), left_out.front() + (left_out.size() > 1 ? " …" : "")}));
  }
  return std::make_shared<const PageFiles>(*std::move(read));
}

HttpsDoorConfig door_config(Headquarters& headquarters, const OperationTable& operations,
                            EventFeed& events, const WebOptions& web, spdlog::logger& log) {
  return {.parts = {operations, *headquarters.accounts, *headquarters.asked, events,
                    [&headquarters](const std::vector<RoleGrant>& grants) {
                      return headquarters.roles->as_held(grants);
                    },
                    [&headquarters](const Caller& caller, const std::string& id) {
                      return exported(headquarters, caller, id);
                    },
                    headquarters.engine->identity().headquarters_name},
          .strict_transport = !web.certificate_file.empty(),
          .review_page = review_page(web, log),
          .on_trouble = [&log](const std::string& what) {
            log.error("{}", fill(tr("the page's door: {}"), {what}));
          }};
}

// Shows browsers what lies in the files now, where that is good.
void show_certificate_anew(SyncListener& listener, const WebOptions& web, spdlog::logger& log) {
  auto certificate = read_certificate(web);
  if (!certificate) {
    log.error("{}", fill(tr("the page's new certificate is not shown, the one so far goes on: {}"),
                         {message_of(certificate.refusal())}));
    return;
  }
  const auto facts = facts_of(*certificate);
  listener.show_web(*std::move(certificate));
  log.info("{}", fill(tr("the page's certificate was read anew: good until {}, its SHA-256 is {}"),
                      {local_time(facts.until_s * 1000), facts.fingerprint}));
}

// Until SIGTERM or SIGINT.
void serve_until_ended(const sigset_t& held, Headquarters& headquarters, SyncListener& listener,
                       const WebOptions& web, spdlog::logger& log) {
  CertificateFiles files(web);
  auto minded = std::chrono::steady_clock::now();
  for (;;) {
    const int signal = wait_for_signal(held, kFilesLooked);
    if (signal == SIGHUP && files.are_given()) {
      files.are_read();
      show_certificate_anew(listener, web, log);
    } else if (signal == SIGTERM || signal == SIGINT) {
      return;
    } else if (files.have_changed()) {
      show_certificate_anew(listener, web, log);
    }
    if (const auto now = std::chrono::steady_clock::now(); now - minded >= kClockMinded) {
      minded = now;
      mind_clock(headquarters);
    }
  }
}

// Who is signed in stays so over a restart; where it can't be kept they sign in again.
void leave_sessions(const Headquarters& headquarters, spdlog::logger& log) {
  try {
    headquarters.accounts->leave_sessions(headquarters.engine->folder());
  } catch (const StoreError& error) {
    log.error("{}", fill(tr("who is signed in has to sign in again after the restart: {}"),
                         {error.what()}));
  }
}

// What is listened at, before anything listens: a certificate says it.
Result<std::vector<std::string>> hosts_of(const std::vector<std::string>& listen) {
  std::vector<std::string> out;
  for (const std::string& address : listen) {
    const auto parsed = HostPort::parse(address, true);
    if (!parsed) return parsed.refusal();
    out.push_back(parsed->host);
  }
  return out;
}

// How grave a line of the log is, in its language.
class LevelWord : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& line, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view word = line.level >= spdlog::level::err    ? tr("error")
                                  : line.level == spdlog::level::warn ? tr("warning")
                                                                      : tr("info");
    out.append(word.data(), word.data() + word.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelWord>();
  }
};

}  // namespace

int serve(Output& out, const std::string& folder, const std::vector<std::string>& listen,
          const WebOptions& web) {
  const sigset_t held = hold_signals();
  out.stay();
  outlive_terminal();
  auto teller = std::make_unique<OpeningTeller>(out, folder);
  auto headquarters = open_headquarters(folder, "sitelogd serve", 5000, teller->listener());
  teller.reset();
  if (!headquarters) return out.refused(headquarters.refusal());
  tell_tightened(out, (*headquarters)->engine->folder());
  spdlog::logger log("sitelogd", std::make_shared<NoteSink>(out));
  auto lines = std::make_unique<spdlog::pattern_formatter>();
  lines->add_flag<LevelWord>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %* %v");
  log.set_formatter(std::move(lines));
  if (::geteuid() == 0) {
    log.warn("{}", tr("running as root: sitelogd needs no such rights; give it a user of its own"));
  }
  (*headquarters)->engine->on_failure = [&log](const std::string& what) {
    log.error("{}", fill(tr("not saved: {}"), {tr(what.c_str())}));
  };
  (*headquarters)->engine->on_clock = [&log](const ClockBelief& belief) {
    if (!belief.doubted_since) {
      log.info("{}", tr("this computer's clock is believed again"));
    } else {
      log.warn("{}", clock_in_doubt_text(read_clock().wall.ms, belief.latest.ms,
                                         belief.doubted_since->ms));
    }
  };
  (*headquarters)->accounts->audit().on_failure = [&log](const std::string& what) {
    log.error("{}", fill(tr("the audit list could not be written: {}"), {what}));
  };
  // Whoever was killed behind a change of accounts, or gave roles by a build that told nobody.
  const auto told = tell_filled_roles(**headquarters, {(*headquarters)->engine->identity().name});
  if (!told) return out.refused(told.refusal());
  const auto hosts = hosts_of(listen);
  if (!hosts) return out.refused(hosts.refusal());
  const auto certificate = web_certificate((*headquarters)->engine->folder(), web, *hosts);
  if (!certificate) return out.refused(certificate.refusal());
  (*headquarters)->accounts->take_sessions_back((*headquarters)->engine->folder());
  const OperationTable operations = headquarters_operations(headquarters->get());
  EventFeed events(feed_config(**headquarters, log));
  auto exports = std::make_unique<ExportJobs>((*headquarters)->engine->folder(),
                                              [] { return read_clock().wall.ms; });
  (*headquarters)->exports = exports.get();
  HttpsDoor door(door_config(**headquarters, operations, events, web, log));
  SyncListener listener(listener_config(**headquarters, *certificate, door, log),
                        (*headquarters)->engine->store());
  json::array bound;
  for (const std::string& address : listen) {
    const auto parsed = HostPort::parse(address, true);
    if (!parsed) return out.refused(parsed.refusal());
    const auto at = listener.listen(parsed->host, parsed->port);
    if (!at) return out.refused(at.refusal());
    bound.emplace_back(*at);
  }
  (*headquarters)->connected = [&listener] { return listener.connected(); };
  (*headquarters)->disconnect = [&listener](const DeviceId& device) {
    listener.disconnect(device);
  };
  (*headquarters)->page = page_at(std::string(bound.front().as_string()), web);
  auto local = answer_callers(folder, operations);
  if (!local) return out.refused(local.refusal());

  mind_clock(**headquarters);
  auto texts =
      std::make_unique<TextIndexer>(*(*headquarters)->engine, [&log](const std::string& what) {
        log.error("{}", fill(tr("texts are not indexed for now: {}"), {what}));
      });
  std::thread pages([&] { door.run(); });
  std::thread io([&] { listener.run(); });
  const std::string fingerprint = facts_of(*certificate).fingerprint;
  for (const auto& at : bound) {
    const std::string page = page_at(std::string(at.as_string()), web);
    out.line({{"listening", at}, {"page", page}});
    out.text(fill(tr("listening at {}"), {std::string(at.as_string())}));
    out.text(fill(tr("for browsers: {}"), {page}));
  }
  if (web.certificate_file.empty()) {
    out.text(fill(tr("browsers will ask about its certificate, which headquarters made itself; "
                     "its SHA-256 is {}"),
                  {fingerprint}));
  }
  if (!web.certificate_file.empty()) {
    const auto good = check_web_dates(*certificate, read_clock().wall.ms / 1000);
    if (!good) log.error("{}", message_of(good.refusal()));
  }
  serve_until_ended(held, **headquarters, listener, web, log);
  log.info("{}", tr("ending"));
  (*local)->stop();
  listener.stop();
  io.join();
  events.stop();
  door.stop();
  pages.join();
  leave_sessions(**headquarters, log);
  exports.reset();
  texts.reset();
  (*headquarters)->engine->close();
  return kExitDone;
}

}  // namespace sitelog
