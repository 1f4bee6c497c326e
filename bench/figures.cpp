#include "bench/figures.hpp"

namespace sitelog::bench {

std::vector<std::string> Settings::sitelog(const std::string& folder,
                                           std::vector<std::string> words) const {
  words.insert(words.begin(), {bin + "/sitelog", "--data", folder, "--json"});
  return words;
}

Daemon::Daemon(const Settings& settings, const std::string& folder)
    : program_({settings.bin + "/sitelogd", "--data", folder, "--json", "serve", "--listen",
                "127.0.0.1:0"},
               settings.log()),
      address_(program_.next_line().at("listening").as_string()) {}

}  // namespace sitelog::bench
