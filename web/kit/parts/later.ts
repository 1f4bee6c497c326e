// Parts that are drawn in a task of their own, after what stands before them: in between, a slow computer
// shows what is there and listens to who uses it.
import { onScopeDispose, readonly, ref, watch, type Ref } from "vue";

// True one task after the condition is.
export function useLater(condition: () => boolean = () => true): Readonly<Ref<boolean>> {
  const isTime = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  watch(condition, (holds) => {
    clearTimeout(timer);
    if (holds) timer = setTimeout(() => (isTime.value = true));
    else isTime.value = false;
  }, { immediate: true });
  onScopeDispose(() => clearTimeout(timer));
  return readonly(isTime);
}

// What follows it runs in the next task.
export function nextTask(): Promise<void> {
  return new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      done();
    };
    port2.postMessage(undefined);
  });
}
