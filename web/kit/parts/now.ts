// What time it is, for what says how long ago something was: one clock for all of a page.
import { onScopeDispose, ref, type Ref } from "vue";

const kTickMs = 30_000;

const now = ref(Date.now());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

// Unix milliseconds, moved on twice a minute as long as somebody looks.
export function useNow(): Readonly<Ref<number>> {
  if (users++ === 0) {
    now.value = Date.now();
    timer = setInterval(() => (now.value = Date.now()), kTickMs);
  }
  onScopeDispose(() => {
    if (--users === 0) clearInterval(timer);
  });
  return now;
}
