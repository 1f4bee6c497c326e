#include "sync/link/session_steps.hpp"

namespace sitelog {

namespace {

// Held by both halves of a Work: when the last of them is gone, the end has come.
class Ending {
 public:
  explicit Ending(std::function<void(bool)> back) : back_(std::move(back)) {}
  ~Ending() { tell(false); }
  Ending(const Ending&) = delete;
  Ending& operator=(const Ending&) = delete;
  void tell(bool durable) {
    if (const auto back = std::exchange(back_, nullptr)) back(durable);
  }

 private:
  std::function<void(bool)> back_;
};

}  // namespace

void post_work(WorkQueue& queue, const DeviceId& account, size_t bytes,
               std::function<void(Replica&)> run, std::function<void(bool durable)> back) {
  auto ending = std::make_shared<Ending>(std::move(back));
  WorkQueue::Work work{std::move(run), [ending](bool durable) { ending->tell(durable); }, bytes,
                       account};
  ending.reset();
  queue.post(std::move(work));
}

struct SessionSteps::State {
  explicit State(Config of) : config(std::move(of)) {}

  Config config;
  std::optional<Session> session;
  Replica* replica_met = nullptr;

  // On the store's thread. Nothing where the store was opened anew after a failed write: the
  // session speaks with the one that is gone, and the connection has to begin again. (Where the new
  // one lies in the old one's place, it may go on: what it knows is what was committed.)
  std::optional<Step> move(Replica& replica, const StepInput& input, const ClockReading& now) {
    if (session && replica_met != &replica) return std::nullopt;
    if (!session) {
      replica_met = &replica;
      session.emplace(config.session, replica, config.own, config.peer);
    }
    if (input.start) session->start(now);
    for (const Message& message : input.messages) session->receive(message, now);
    session->settle(now);
    Step out;
    out.outbox = session->take_outbox();
    out.books = session->books();
    out.established = session->established();
    out.ended = session->ended();
    out.failure = session->failure();
    out.counts = session->counts();
    out.waits = session->waits();
    const bool opens = config.session.start != Session::Start::kAnswers;
    if (opens || out.ended) out.refused = session->refused();
    if (opens) {
      out.at_rest = session->at_rest();
      out.caught_up = out.at_rest && session->caught_up();
    }
    return out;
  }
};

SessionSteps::SessionSteps(WorkQueue& queue, Config config)
    : queue_(queue), state_(std::make_shared<State>(std::move(config))) {}

void SessionSteps::post(StepInput input, const ClockReading& now, std::function<void(Step)> back) {
  auto step = std::make_shared<std::optional<Step>>();
  const size_t bytes = input.bytes;
  auto work = [state = state_, step, now, input = std::make_shared<StepInput>(std::move(input))](
                  Replica& replica) { *step = state->move(replica, *input, now); };
  post_work(queue_, state_->config.peer.device, bytes, std::move(work),
            [step, back = std::move(back)](bool durable) {
              Step out = std::move(*step).value_or(Step{});
              out.durable = durable && step->has_value();
              back(std::move(out));
            });
}

}  // namespace sitelog
