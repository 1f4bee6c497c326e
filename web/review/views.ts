// Every view of the page: its place in the address, its name, who it is for.
import type { Right } from "@kit/server/session";
import type { Component } from "vue";

export interface View {
  name: string;
  // Words of it: view.NAME.
  load: () => Promise<{ default: Component }>;
  // In the bar itself: always, or where there is room; the others stand under "more".
  bar?: "always" | "wide";
  // Only for who may do this somewhere.
  right?: Right;
}

export const views: View[] = [
  { name: "desk", bar: "always", load: () => import("./desk/DeskView.vue") },
  { name: "queue", bar: "always", load: () => import("./queue/QueueView.vue"), right: "review" },
  { name: "records", bar: "always", load: () => import("./records/RecordsView.vue") },
  { name: "tables", bar: "always", load: () => import("./tables/TablesView.vue") },
  { name: "conflicts", bar: "wide", load: () => import("./conflicts/ConflictsView.vue") },
  { name: "units", bar: "wide", load: () => import("./units/UnitsView.vue") },
  { name: "campaigns", bar: "wide", load: () => import("./campaigns/CampaignsView.vue") },
  { name: "devices", bar: "wide", load: () => import("./devices/DevicesView.vue") },
  { name: "quarantine", load: () => import("./quarantine/QuarantineView.vue") },
  { name: "policies", load: () => import("./policies/PoliciesView.vue") },
  { name: "accounts", load: () => import("./accounts/AccountsView.vue"), right: "administer" },
  { name: "audit", load: () => import("./audit/AuditView.vue"), right: "administer" },
  { name: "health", load: () => import("./health/HealthView.vue") },
  { name: "me", load: () => import("./accounts/MeView.vue") },
];
