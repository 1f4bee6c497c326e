import js from "@eslint/js";
import vue from "eslint-plugin-vue";
import typescript from "typescript-eslint";

export default typescript.config(
  { ignores: ["**/node_modules", "kit/door/openapi.d.ts"] },
  js.configs.recommended,
  ...typescript.configs.strict,
  ...vue.configs["flat/recommended"],
  {
    files: ["**/*.vue"],
    languageOptions: { parserOptions: { parser: typescript.parser } },
  },
  {
    rules: {
      // The compiler knows what there is.
      "no-undef": "off",
      // Text of people stays text.
      "vue/no-v-html": "error",
      "no-eval": "error",
      "no-console": "error",
      "vue/max-attributes-per-line": "off",
      "vue/singleline-html-element-content-newline": "off",
      "vue/html-self-closing": "off",
      "vue/multi-word-component-names": "off",
      "vue/html-indent": "off",
      "vue/html-closing-bracket-newline": "off",
      "vue/first-attribute-linebreak": "off",
      "vue/require-default-prop": "off",
    },
  },
  { files: ["tools/**"], rules: { "no-console": "off" } },
);
