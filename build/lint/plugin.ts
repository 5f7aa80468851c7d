/** ESLint rules for AssemblyScript sources: what compiles silently and does not work. docs/internals/toolchain.md. */
import type { ESLint } from 'eslint';
import { noDefaultParametersInValues } from './no-default-parameters-in-values.ts';
import { noOverriddenUnmanagedMethods } from './no-overridden-unmanaged-methods.ts';
import { noPlainDeviceAccess } from './no-plain-device-access.ts';

export const assemblyScriptPlugin: ESLint.Plugin = {
  meta: { name: 'assemblyscript' },
  rules: {
    'no-default-parameters-in-values': noDefaultParametersInValues,
    'no-overridden-unmanaged-methods': noOverriddenUnmanagedMethods,
    'no-plain-device-access': noPlainDeviceAccess,
  },
};
