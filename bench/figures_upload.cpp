// One client: its first upload, what is new later, and another device that takes all of it down.
#include <filesystem>

#include "bench/baseline.hpp"
#include "bench/figures.hpp"
#include "bench/relay.hpp"
#include "bench/world.hpp"

namespace sitelog::bench {

namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr size_t kNew = 100, kEdited = 100;

double number(const json::object& line, const char* name) {
  return line.at(name).to_number<double>();
}

// `sitelog sync`, as a process.
Ran sync_process(const Settings& settings, const std::string& folder, const std::string& address) {
  Ran out =
      run_program(settings.sitelog(folder, {"sync", "--headquarters", address}), settings.log());
  if (!out.last_line().at("caught_up").as_bool()) throw BenchError("a sync is not caught up");
  return out;
}

class UploadBench {
 public:
  explicit UploadBench(const Settings& settings)
      : settings_(settings), count_(settings.quick ? 3000 : 10'000), records_(records_of(count_)) {}

  Rows measure() {
    prepare();
    for (size_t run = 0; run < settings_.runs; ++run) {
      settings_.progress("upload and download, run " + std::to_string(run + 1));
      run_once();
    }
    measure_disk();
    settings_.progress("bytes on the wire");
    measure_wire();
    measure_delta();
    for (const char* name : {"up-home", "up-a", "up-b", "joined-a", "now-home", "now-a", "now-b",
                             "delta-home", "delta-a"}) {
      fs::remove_all(path(name));
    }
    return rows();
  }

 private:
  std::string path(const std::string& name) const { return settings_.path(name); }

  void prepare() {
    settings_.progress("recording " + std::to_string(count_) + " records");
    create_home(path("up-home"));
    enrol_sites(path("up-home"), {{"place-01", path("up-a")}, {"place-01", path("up-b")}});
    Daemon daemon(settings_, path("up-home"));
    for (const char* name : {"up-a", "up-b"}) {
      sync_site(*open_site_at(path(name))->engine, daemon.address());
    }
    daemon.stop();
    joined_bytes_ = bytes_of(path("up-a"));
    home_bytes_ = bytes_of(path("up-home"));
    known_ = record_on(*open_site_at(path("up-a"))->engine, records_);
  }

  void run_once() {
    const std::string bare = path("up-bare.db");
    const PlainCopy plain = copy_plainly(records_, bare);
    remove_table(bare);
    plain_rate_.add(static_cast<double>(count_) / plain.seconds);
    plain_cpu_s_.add(plain.cpu_s);
    plain_ms_.add(plain.seconds * kMilliseconds);

    copy_folder(path("up-home"), path("now-home"));
    copy_folder(path("up-a"), path("now-a"));
    copy_folder(path("up-b"), path("now-b"));
    Daemon daemon(settings_, path("now-home"));
    const double before = daemon.program().cpu_s();
    const Ran up = sync_process(settings_, path("now-a"), daemon.address());
    cpu_s_.add(up.cpu_s + daemon.program().cpu_s() - before);
    rate_.add(static_cast<double>(count_) / number(up.last_line(), "seconds"));
    const Ran down = sync_process(settings_, path("now-b"), daemon.address());
    if (number(down.last_line(), "received") < static_cast<double>(count_)) {
      throw BenchError("not all came down");
    }
    down_ms_.add(number(down.last_line(), "seconds") * kMilliseconds);
    daemon.stop();
  }

  void measure_disk() {
    const auto records = static_cast<double>(count_);
    home_bytes_ = (bytes_of(path("now-home")) - home_bytes_) / records;
    site_bytes_ = (bytes_of(path("now-a")) - joined_bytes_) / records;
    bare_bytes_ = bare_bytes_a_row(records_, path("up-bare.db"));
    remove_table(path("up-bare.db"));
    copy_folder(path("now-home"), path("delta-home"));
    copy_folder(path("now-a"), path("delta-a"));
    change_on(*open_site_at(path("delta-a"))->engine, known_, kNew, kEdited, 1'000'004);
  }

  void measure_wire() {
    copy_folder(path("up-home"), path("now-home"));
    copy_folder(path("up-a"), path("now-a"));
    Daemon daemon(settings_, path("now-home"));
    Relay relay(daemon.address());
    const Ran up = sync_process(settings_, path("now-a"), relay.address());
    const json::object line = up.last_line();
    wire_bytes_ = static_cast<double>(relay.take_bytes()) / static_cast<double>(count_);
    frame_bytes_ =
        (number(line, "bytes_sent") + number(line, "bytes_received")) / static_cast<double>(count_);
    daemon.stop();
  }

  void measure_delta() {
    for (size_t run = 0; run < settings_.runs; ++run) {
      settings_.progress("100 new and 100 edited, run " + std::to_string(run + 1));
      copy_folder(path("delta-home"), path("now-home"));
      copy_folder(path("delta-a"), path("now-a"));
      Daemon daemon(settings_, path("now-home"));
      const json::object line =
          sync_process(settings_, path("now-a"), daemon.address()).last_line();
      // An edit may say what the record says already, and is no entry then.
      if (number(line, "sent") < kNew + kEdited / 2) throw BenchError("not all was sent");
      delta_ms_.add(number(line, "seconds") * kMilliseconds);
      delta_exchanges_.add(number(line, "exchanges"));
      delta_frame_bytes_ = number(line, "bytes_sent") + number(line, "bytes_received");
      daemon.stop();
    }
    copy_folder(path("delta-home"), path("now-home"));
    copy_folder(path("delta-a"), path("now-a"));
    Daemon daemon(settings_, path("now-home"));
    Relay relay(daemon.address());
    sync_process(settings_, path("now-a"), relay.address());
    delta_wire_bytes_ = static_cast<double>(relay.take_bytes());
    for (size_t run = 0; run < settings_.runs; ++run) {
      record_on(*open_site_at(path("now-a"))->engine, {records_.at(run)});
      sync_process(settings_, path("now-a"), relay.address());
      one_bytes_.add(static_cast<double>(relay.take_bytes()));
    }
    daemon.stop();
  }

  Rows rows() const {
    const std::string scope = std::to_string(count_) + " records";
    Rows out;
    Row up = row_of("upload", "first upload of " + scope + " by one client", rate_, "records/s");
    up.baseline = plain_rate_.median();
    up.baseline_what = "the same rows into plain SQLite over TCP";
    up.ratio = up.value / *up.baseline;
    up.goal = ">= 25000, ratio >= 0.25";
    up.met = up.value >= 25'000 && *up.ratio >= 0.25;
    out.push_back(up);
    Row cpu = row_of("upload_cpu", "processor time of both sides for it", cpu_s_, "s");
    cpu.baseline = plain_cpu_s_.median();
    cpu.baseline_what = "of the plain copy";
    cpu.ratio = *cpu.baseline / cpu.value;
    cpu.goal = "<= 1.0 for 10000";
    cpu.met = cpu.value * 10'000 / static_cast<double>(count_) <= 1.0;
    out.push_back(cpu);
    Row wire = single("wire", "bytes on the wire a record, TLS included", wire_bytes_, "B");
    wire.baseline = bare_json_bytes();
    wire.baseline_what = "a record as a JSON line";
    wire.ratio = *wire.baseline / wire.value;
    wire.goal = "<= 420";
    wire.met = wire.value <= 420;
    wire.note = "of that frames: " + std::to_string(static_cast<int>(frame_bytes_));
    out.push_back(wire);
    Row down = row_of("download", "a fresh device takes " + scope + " down", down_ms_, "ms");
    down.baseline = plain_ms_.median();
    down.baseline_what = "the plain copy";
    down.ratio = *down.baseline / down.value;
    down.goal = "<= 300 for 10000";
    down.met = down.value * 10'000 / static_cast<double>(count_) <= 300;
    out.push_back(down);
    out.push_back(disk("disk_home", "headquarters' disk a record", home_bytes_));
    out.push_back(disk("disk_site", "a client's disk a record", site_bytes_));
    add_delta(out);
    return out;
  }

  void add_delta(Rows& out) const {
    Row exchanges =
        row_of("delta_exchanges", "100 new and 100 edited records on " + std::to_string(count_),
               delta_exchanges_, "exchanges");
    exchanges.goal = "<= 2";
    exchanges.met = exchanges.value <= 2;
    out.push_back(exchanges);
    Row bytes = single("delta_bytes", "the same, on the wire", delta_wire_bytes_ / 1024, "KiB");
    bytes.goal = "<= 66 KB";
    bytes.met = delta_wire_bytes_ <= 66'000;
    bytes.note = "of that frames: " + std::to_string(static_cast<int>(delta_frame_bytes_)) + " B";
    out.push_back(bytes);
    Row time = row_of("delta_time", "the same, from connecting to the end", delta_ms_, "ms");
    time.goal = "<= 25";
    time.met = time.value <= 25;
    out.push_back(time);
    Row one =
        row_of("one_record", "one new record in a resumed session, on the wire", one_bytes_, "B");
    one.goal = "<= 3072";
    one.met = one.most <= 3072;
    out.push_back(one);
  }

  Row disk(const char* figure, const char* what, double value) const {
    Row out = single(figure, what, value, "B");
    out.baseline = bare_bytes_;
    out.baseline_what = "a row of a bare SQLite table";
    out.ratio = *out.baseline / out.value;
    out.goal = "<= 1430";
    out.met = out.value <= 1430;
    return out;
  }

  static Row single(const char* figure, const char* what, double value, const char* unit) {
    Samples only;
    only.add(value);
    return row_of(figure, what, only, unit);
  }

  double bare_json_bytes() const {
    double bytes = 0;
    for (const Put& record : records_) bytes += static_cast<double>(to_json_line(record).size());
    return bytes / static_cast<double>(count_);
  }

  const Settings& settings_;
  const size_t count_;
  const std::vector<Put> records_;
  std::vector<RecordId> known_;
  Samples plain_rate_, plain_cpu_s_, plain_ms_, rate_, cpu_s_, down_ms_, delta_ms_,
      delta_exchanges_, one_bytes_;
  double joined_bytes_ = 0, home_bytes_ = 0, site_bytes_ = 0, bare_bytes_ = 0;
  double wire_bytes_ = 0, frame_bytes_ = 0, delta_wire_bytes_ = 0, delta_frame_bytes_ = 0;
};

}  // namespace

Rows measure_upload(const Settings& settings) {
  return UploadBench(settings).measure();
}

}  // namespace sitelog::bench
