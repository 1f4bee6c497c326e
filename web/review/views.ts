// Every view of the page: its place in the address, its name, who it is for.
import type { Right } from "@kit/server/session";
import type { Component } from "vue";
import DeskView from "./desk/DeskView.vue";

export interface View {
  name: string;
  // Words of it: view.NAME. The desk, with which most begin, comes with the page; the others come when
  // they are opened, or before.
  view: Component | (() => Promise<{ default: Component }>);
  // In the bar itself: always, or where there is room; the others stand under "more".
  bar?: "always" | "wide";
  // Only for who may do this somewhere.
  right?: Right;
}

export const views: View[] = [
  { name: "desk", bar: "always", view: DeskView },
  { name: "queue", bar: "always", view: () => import("./queue/QueueView.vue"), right: "review" },
  { name: "records", bar: "always", view: () => import("./records/RecordsView.vue") },
  { name: "tables", bar: "always", view: () => import("./tables/TablesView.vue") },
  { name: "conflicts", bar: "wide", view: () => import("./conflicts/ConflictsView.vue") },
  { name: "units", bar: "wide", view: () => import("./units/UnitsView.vue") },
  { name: "campaigns", bar: "wide", view: () => import("./campaigns/CampaignsView.vue") },
  { name: "devices", bar: "wide", view: () => import("./devices/DevicesView.vue") },
  { name: "quarantine", view: () => import("./quarantine/QuarantineView.vue") },
  { name: "policies", view: () => import("./policies/PoliciesView.vue") },
  { name: "accounts", view: () => import("./accounts/AccountsView.vue"), right: "administer" },
  { name: "audit", view: () => import("./audit/AuditView.vue"), right: "administer" },
  { name: "health", view: () => import("./health/HealthView.vue") },
  { name: "me", view: () => import("./accounts/MeView.vue") },
];

// Until each can be opened without headquarters; what can't be had just now is tried when it is opened.
export async function bringViews(): Promise<void> {
  await Promise.allSettled(views.map(({ view }) => (typeof view === "function" ? (view as () => Promise<unknown>)() : undefined)));
}
