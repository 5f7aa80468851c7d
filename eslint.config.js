/**
 * Lint rules: typescript-eslint's strictest type-checked set for everything that runs in Node or a browser.
 * AssemblyScript (kernel/, emulator/cpu/core/) is not TypeScript: its own compiler checks its types, and the
 * rules that guard its sharp edges are in build/lint/.
 */
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import { defineConfig, globalIgnores } from 'eslint/config';
import { assemblyScriptPlugin } from './build/lint/plugin.ts';

const assemblyScript = ['kernel/**/*.ts', 'emulator/cpu/core/**/*.ts'];
const assemblyScriptTests = ['kernel/**/*.test.ts', 'emulator/cpu/core/**/*.test.ts'];

export default defineConfig(
  globalIgnores(['out/**', 'dist/**', 'node_modules/**']),
  {
    ignores: assemblyScript,
    extends: [js.configs.recommended, ts.configs.strictTypeChecked, svelte.configs.recommended],
    languageOptions: {
      globals: { ...globals.node },
      parserOptions: { projectService: true, extraFileExtensions: ['.svelte'] },
    },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Numbers in messages are the normal case here: addresses, sizes, counts.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `while (true)` reads better than `for (;;)` in parsers and run loops.
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
    },
  },
  {
    files: ['renderer/**'],
    languageOptions: { globals: { ...globals.browser } },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    extends: [ts.configs.disableTypeChecked],
  },
  {
    files: assemblyScript,
    ignores: assemblyScriptTests,
    languageOptions: { parser: ts.parser },
    plugins: { assemblyscript: assemblyScriptPlugin },
    rules: {
      'assemblyscript/no-default-parameters-in-values': 'error',
      'assemblyscript/no-overridden-unmanaged-methods': 'error',
      'assemblyscript/no-plain-device-access': 'error',
    },
  },
  {
    files: assemblyScriptTests,
    extends: [js.configs.recommended, ts.configs.strict],
    languageOptions: { globals: { ...globals.node } },
  },
);
