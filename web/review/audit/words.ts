// The audit list in words: what happened, who, and what it was about.
import { send } from "@kit/door/door";
import type { Line } from "@kit/door/types";
import { labelOf, say, tongue, words } from "@kit/words/words";
import { useAsked } from "@kit/server/queries";
import { useQuery } from "@tanstack/vue-query";
import { computed } from "vue";
import { useRoles } from "../accounts/roles";
import { firstClause, partsOf } from "./parts";

export type AuditLine = Line<"audit.list">;

interface Description {
  paths: Record<string, Record<string, { summary?: string }>>;
}

// By the key itself where a newer headquarters has one that is not known here.
function known(group: string, key: string): string {
  const path = `audit.${group}.${key}`;
  return words.global.te(path) ? say(path) : key;
}

export function useAuditWords() {
  // Every operation by what headquarters says that it does, in the reader's language.
  const described = useQuery({
    queryKey: ["openapi.json", computed(() => tongue())],
    queryFn: () => send("openapi.json", "GET") as Promise<Description>,
    staleTime: Infinity,
  });
  const units = useAsked("units.list", { removed: true });
  const roles = useRoles();
  const names = computed(() => new Map((units.data.value?.lines ?? []).map((unit) => [unit.code, unit.name])));

  // In a verb's words; a newer headquarters' operations as it describes them.
  function operationText(operation: string): string {
    const path = `audit.operation.${operation.replace(/\./g, "_")}`;
    if (words.global.te(path)) return say(path);
    const of = described.data.value?.paths[`/api/v1/${operation}`];
    const summary = of?.["post"]?.summary ?? of?.["get"]?.summary;
    return summary ? firstClause(summary) : operation;
  }

  // Whether it was a reading: what may be asked by GET changes nothing.
  function isReading(line: AuditLine): boolean {
    return line.what === "done" && line.operation !== undefined && described.data.value?.paths[`/api/v1/${line.operation}`]?.["get"] !== undefined;
  }

  function whatText(line: AuditLine): string {
    if (!line.operation) return known("happened", line.what);
    return line.what === "done" ? operationText(line.operation) : say("audit.but", { what: operationText(line.operation), happened: known("happened", line.what) });
  }

  function valueText(name: string, value: string): string {
    if (name === "unit") return names.value.get(value) ?? value;
    if (name === "role" || name === "for") return roles.text(value);
    if (name === "station") return value === "mine" ? say("audit.mine") : value.split("@").map((each, n) => (n === 0 ? roles.text(each) : (names.value.get(each) ?? each))).join("@");
    if (name === "operation") return operationText(value);
    if (name === "policy" && words.global.te(`policies.policy.${value}`)) return say(`policies.policy.${value}`);
    if (name === "names" && words.global.te(`units.names.${value}`)) return say(`units.names.${value}`);
    if ((name === "verdict" || name === "review") && words.global.te(`state.${value}`)) return say(`state.${value}`);
    if (name === "campaign") {
      const campaign = roles.all.value.find((each) => each.campaign === value);
      return campaign ? labelOf(campaign) : value;
    }
    return value === "yes" ? say("value.yes") : value;
  }

  function aboutText(line: AuditLine): string {
    return partsOf(line.on ?? "")
      .map(({ name, value }) => (name ? `${known("part", name)} ${valueText(name, value)}` : value))
      .join(" · ");
  }

  const whoText = (line: AuditLine): string => (line.how === "folder" ? say("audit.folder") : line.how === "token" ? say("audit.token", { who: line.who ?? "" }) : (line.who ?? ""));
  const fromText = (line: AuditLine): string => (line.how === "folder" ? say("audit.commandLine") : (line.from ?? ""));
  const reasonText = (line: AuditLine): string => (line.reason ? known("reason", line.reason) : "");
  return { isReading, whatText, aboutText, whoText, fromText, reasonText };
}
