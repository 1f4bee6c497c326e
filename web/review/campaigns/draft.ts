// The definition that is being written: kept while this tab is open, whatever is looked at meanwhile,
// each account's apart.
import { tab } from "@kit/kept";
import { whenEntered } from "@kit/server/session";
import { ref, watch } from "vue";

const kKept = "sitelog.definition";

interface Draft {
  file: string;
  content: string;
}

function before(account: string): Draft {
  try {
    const told = JSON.parse(tab.get(`${kKept}.${account}`) ?? "") as Partial<Draft>;
    return { file: String(told.file ?? ""), content: String(told.content ?? "") };
  } catch {
    return { file: "", content: "" };
  }
}

let whose = "";
const draft = ref<Draft>({ file: "", content: "" });
whenEntered((account) => {
  if (account === whose) return;
  whose = account;
  draft.value = before(account);
});
watch(draft, (now) => {
  if (whose) tab.set(`${kKept}.${whose}`, JSON.stringify(now));
}, { deep: true });

export function useDraft() {
  return draft;
}
