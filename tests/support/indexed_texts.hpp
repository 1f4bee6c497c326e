#pragma once

#include "tests/support/test_device.hpp"

namespace sitelog {

// Puts all that waits into the index of texts, so many records at a time.
inline void index_all(TestDevice& headquarters, size_t at_once = 7) {
  Store& store = headquarters.store();
  for (;;) {
    while (store.transact([&] { return store.clean_texts(); })) {
    }
    const int64_t segment = store.transact([&] { return store.begin_text(); });
    const auto content = store.queries().gather_text(at_once);
    if (!content || store.queries().text_waiting().records == 0) return;
    store.transact([&] {
      return store.add_text(segment, *content, 0, content->words.size()) &&
             store.finish_text(segment, *content);
    });
  }
}

}  // namespace sitelog
