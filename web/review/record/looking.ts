// Says which record one has open, and hears who else has it. Nothing depends on it: where it can't be
// said it is not said.
import { send } from "@kit/door/door";
import type { LiveEvents } from "@kit/door/live";
import { onLive } from "@kit/server/live";
import { useSession } from "@kit/server/session";
import { onBeforeUnmount, ref, watch, type Ref } from "vue";

// The door forgets it after a minute.
const kSaidAgainMs = 40_000;
const kForgottenMs = 60_000;
// Who goes through a list looks at what they stay with.
const kStaysMs = 400;

export function useLooking(name: Ref<string | undefined>): Ref<string[]> {
  const { session } = useSession();
  const others = ref<string[]>([]);
  const heard = new Map<string, number>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function show(): void {
    const now = Date.now();
    for (const [account, at] of heard) if (now - at > kForgottenMs) heard.delete(account);
    others.value = [...heard.keys()].filter((account) => account !== session.value?.account).sort();
  }

  async function tell(): Promise<void> {
    clearTimeout(timer);
    const wanted = name.value;
    if (!session.value) return;
    try {
      const told = (await send("session.looking", "POST", { record: wanted ?? null })) as { answer: { others: string[] } };
      if (wanted !== name.value) return;
      for (const account of told.answer.others) heard.set(account, Date.now());
    } catch {
      // It is told again in a while.
    }
    show();
    if (wanted !== undefined) timer = setTimeout(() => void tell(), kSaidAgainMs);
  }

  const stop = onLive((event, data) => {
    if (event !== "looking") return;
    const { record, account, left } = data as LiveEvents["looking"];
    if (!left && name.value?.endsWith(`/${record}`)) heard.set(account, Date.now());
    else heard.delete(account);
    show();
  });
  // A page that goes away has no time for an answer.
  const leave = () => navigator.sendBeacon("/api/v1/session.looking", new Blob(['{"record":null}'], { type: "application/json" }));
  window.addEventListener("pagehide", leave);
  watch(name, () => {
    heard.clear();
    show();
    clearTimeout(timer);
    timer = setTimeout(() => void tell(), kStaysMs);
  }, { immediate: true });
  onBeforeUnmount(() => {
    stop();
    window.removeEventListener("pagehide", leave);
    clearTimeout(timer);
    void send("session.looking", "POST", { record: null }).catch(() => undefined);
  });
  return others;
}
