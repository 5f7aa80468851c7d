/** The package is installed under the name of the one that it is built from; its types know only its own. */
/// <reference types="node-pty" />
declare module 'node-pty' {
  export * from '@lydell/node-pty';
}
