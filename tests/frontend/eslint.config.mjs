import js from "@eslint/js";
import globals from "globals";

const worklet = { AudioWorkletProcessor: "readonly", registerProcessor: "readonly", sampleRate: "readonly" };

// Left out on purpose: `curly` and `no-multi-assign` (short bodies and assignments stand on one line here),
// `no-use-before-define` (pages name their parts first and the functions after), `consistent-return` (a handler may
// end early by returning what it calls).
const rules = [
  "array-callback-return", "default-case-last", "dot-notation", "eqeqeq", "no-alert", "no-await-in-loop", "no-console",
  "no-constructor-return", "no-else-return", "no-eval", "no-extend-native", "no-implicit-coercion", "no-implied-eval",
  "no-lonely-if", "no-new", "no-param-reassign", "no-promise-executor-return", "no-return-assign", "no-self-compare",
  "no-shadow", "no-template-curly-in-string", "no-throw-literal", "no-unneeded-ternary", "no-unreachable-loop",
  "no-unused-expressions", "no-useless-concat", "no-useless-return", "no-var", "object-shorthand", "prefer-const",
  "prefer-object-spread", "prefer-rest-params", "prefer-spread", "prefer-template", "require-await", "yoda",
];

export default [
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: { ...globals.browser, ...worklet } },
    rules: Object.fromEntries(rules.map((rule) => [rule, "error"])),
  },
];
