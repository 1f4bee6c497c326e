// Addresses: /review/CAMPAIGN/VIEW, one record at /review/CAMPAIGN/records/UNIT/FORM/ID,
// a new one at /review/CAMPAIGN/new. The campaign is
// chosen once, in the address; "-" where there is none.
import { createRouter, createWebHistory, START_LOCATION, type RouteRecordRaw } from "vue-router";
import StartView from "./frame/StartView.vue";
import { views } from "./views";

const routes: RouteRecordRaw[] = [
  ...views.map((view) => ({ path: `/:campaign/${view.name}`, name: view.name, component: view.view })),
  { path: "/:campaign/new", name: "new", component: () => import("./entry/NewRecord.vue") },
  { path: "/:campaign/records/:unit/:form/:id", name: "record", component: () => import("./record/RecordView.vue") },
  { path: "/:campaign?", name: "start", component: StartView },
  { path: "/:rest(.*)*", name: "nowhere", component: () => import("./frame/NowhereView.vue") },
];

export const router = createRouter({
  history: createWebHistory("/review/"),
  routes,
  // Where a page begins nothing was scrolled.
  scrollBehavior: (_to, from, before) => before ?? (from === START_LOCATION ? false : { top: 0 }),
});
