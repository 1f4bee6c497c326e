// One write at a time of a part of a page: whether it is under way, and what refused it. What was
// typed is the part's own and stays.
import { ref } from "vue";

export function useWriting() {
  const busy = ref(false);
  const error = ref<unknown>();

  // What it gives back; undefined where it was refused, or another is still under way.
  async function run<Done>(write: () => Promise<Done>): Promise<Done | undefined> {
    if (busy.value) return undefined;
    busy.value = true;
    error.value = undefined;
    try {
      return await write();
    } catch (failure) {
      error.value = failure;
      return undefined;
    } finally {
      busy.value = false;
    }
  }

  function forget(): void {
    error.value = undefined;
  }
  return { busy, error, run, forget };
}
