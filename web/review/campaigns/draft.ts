// The definition that is being written: kept while this tab is open, whatever is looked at meanwhile.
import { ref, watch } from "vue";

const kKept = "sitelog.definition";

interface Draft {
  file: string;
  content: string;
}

function before(): Draft {
  try {
    const told = JSON.parse(sessionStorage.getItem(kKept) ?? "") as Partial<Draft>;
    return { file: String(told.file ?? ""), content: String(told.content ?? "") };
  } catch {
    return { file: "", content: "" };
  }
}

const draft = ref<Draft>(before());
watch(draft, (now) => {
  try {
    sessionStorage.setItem(kKept, JSON.stringify(now));
  } catch {
    // No room: it stays here.
  }
}, { deep: true });

export function useDraft() {
  return draft;
}
