/// <reference types="vite/client" />
declare module "*.vue" {
  import type { DefineComponent } from "vue";
  const component: DefineComponent<object, object, unknown>;
  export default component;
}
// One language's words, as functions (tools/words.ts).
declare module "*.json?all" {
  const words: Record<string, object>;
  export default words;
}
declare module "*.json?zh" {
  const words: Record<string, object>;
  export default words;
}
