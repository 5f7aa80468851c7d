/**
 * Who may import whom (docs/internals/architecture.md): each rule names the wrong arrow it forbids.
 */
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: '(\\.test|-testing)\\.ts$' },
  to: { path: '^(electron|renderer|emulator|kernel|disk-images|build|tests|bench)/', pathNot: allowed },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^electron$' },
    },
    only('protocol-imports-nothing', '^electron/protocol/', '^electron/protocol/'),
    only('renderer-imports-only-protocol', '^renderer/', '^(renderer|electron/protocol)/'),
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    only('emulator-stands-alone', '^emulator/', '^emulator/'),
    only('disk-images-stand-alone', '^disk-images/', '^disk-images/'),
    only(
      'processor-knows-no-device',
      '^emulator/(cpu|translator)/',
      '^emulator/(cpu/|translator/|machine/(vcpu-types|state-fields)\\.ts$)',
    ),
    only(
      'devices-know-only-the-bus',
      '^emulator/devices/',
      '^emulator/(devices/|machine/(bus|types|vcpu-types|state-fields)\\.ts$)',
    ),
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^(electron|renderer|emulator|disk-images|build)/' },
      to: { path: '^(tests|bench)/' },
    },
    {
      name: 'product-does-not-import-what-helps-tests',
      severity: 'error',
      from: {
        path: '^(electron|renderer|emulator|disk-images)/',
        pathNot: '(\\.test|testing)\\.ts$|/testing/',
      },
      to: { path: '(-|/)testing\\.ts$' },
    },
    {
      name: 'electron-only-in-the-shell',
      severity: 'error',
      from: { pathNot: '^electron/(desktop|stand-in)/' },
      to: { path: '^(electron$|node_modules/electron/)' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(kernel|emulator/cpu/core|out|dist)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['svelte', 'browser', 'import', 'node', 'default', 'types'],
    },
  },
};
