// All that the desk tells, read once and kept up to date by what is heard.
import { useNow } from "@kit/parts/now";
import { useAsked } from "@kit/server/queries";
import { computed } from "vue";
import { kNoCampaign, useCampaign } from "../campaign";
import { boardRows, worstFirst } from "./board";

export function useBoard() {
  const { asked, key, campaign } = useCampaign();
  // Asked together with the campaigns: where there is none of that name, nothing is told of it.
  const known = computed(() => campaign.value !== undefined || (asked.data.value === undefined && key.value !== kNoCampaign));
  const progress = useAsked("report.progress", computed(() => ({ campaign: key.value })), { enabled: known });
  const held = useAsked("report.board", computed(() => ({ campaign: key.value })), { enabled: known });
  const units = useAsked("units.list", { removed: true });
  const status = useAsked("status", {});
  const devices = useAsked("devices.list", {});
  const now = useNow();

  const readings = [progress, held, units, devices];
  const tree = computed(() => units.data.value?.lines ?? []);
  const met = computed(() => devices.data.value?.lines ?? []);
  const rows = computed(() => worstFirst(boardRows(progress.data.value?.lines ?? [], tree.value, held.data.value?.lines ?? [], met.value, now.value)));
  return {
    progress,
    status,
    told: computed(() => held.data.value?.lines ?? []),
    devices,
    tree,
    met,
    now,
    rows,
    total: computed(() => progress.data.value?.answer.figures.total),
    ready: computed(() => readings.every((each) => each.data.value !== undefined)),
    // Told from the first try that failed on: it is tried again by itself.
    error: computed(() => (known.value ? readings : [units, devices]).map((each) => each.problem.value).find(Boolean)),
    again: () => readings.forEach((each) => void each.refetch()),
  };
}
