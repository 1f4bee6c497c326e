// Every view of the page: its place in the address, its name, who it is for.
import type { Component } from "vue";

export interface View {
  name: string;
  // Words of it: view.NAME.
  load: () => Promise<{ default: Component }>;
  // In the bar itself; the others stand under "more".
  main?: boolean;
  // Only for who administers.
  administrator?: boolean;
  // Below its address, for one thing of the view: :unit etc.
  below?: string;
}

export const views: View[] = [
  { name: "desk", load: () => import("./desk/DeskView.vue"), main: true },
  { name: "queue", load: () => import("./queue/QueueView.vue"), main: true },
  { name: "records", load: () => import("./records/RecordsView.vue"), main: true },
  { name: "tables", load: () => import("./tables/TablesView.vue"), main: true },
  { name: "conflicts", load: () => import("./conflicts/ConflictsView.vue"), main: true },
  { name: "units", load: () => import("./units/UnitsView.vue") },
  { name: "campaigns", load: () => import("./campaigns/CampaignsView.vue") },
  { name: "devices", load: () => import("./devices/DevicesView.vue") },
  { name: "quarantine", load: () => import("./quarantine/QuarantineView.vue") },
  { name: "policies", load: () => import("./policies/PoliciesView.vue") },
  { name: "accounts", load: () => import("./accounts/AccountsView.vue"), administrator: true },
  { name: "audit", load: () => import("./audit/AuditView.vue"), administrator: true },
  { name: "health", load: () => import("./health/HealthView.vue") },
  { name: "me", load: () => import("./accounts/MeView.vue") },
];
