import { fileURLToPath } from "node:url";
import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";
import { wordsAsFunctions } from "./tools/words.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const door = process.env["SITELOG_PAGE"] ?? "https://127.0.0.1:7443";

// The review page lies below /review/ of headquarters' door, beside the daemon's programs.
export default defineConfig({
  root: here("./review"),
  base: "/review/",
  plugins: [wordsAsFunctions(), vue()],
  resolve: { alias: { "@kit": here("./kit"), "vue-i18n": "vue-i18n/dist/vue-i18n.runtime.mjs" } },
  define: { __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false", __INTLIFY_PROD_DEVTOOLS__: "false" },
  build: {
    // The last Chrome that runs on Windows 7.
    target: "chrome109",
    // An empty name would be this folder, and it is emptied first.
    outDir: process.env["SITELOG_PAGES"] || here("../build/release/share/sitelog/pages/review"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: {
    host: "127.0.0.1",
    // The door takes writes from its own pages alone.
    proxy: { "/api": { target: door, secure: false, changeOrigin: true, headers: { Origin: door } } },
  },
  test: { root: here("."), include: ["kit/**/*.test.ts", "review/**/*.test.ts"], environment: "happy-dom" },
});
