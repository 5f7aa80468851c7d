/** Between the main process and the shim in a page. */
import type { PortMessage } from './port-router.ts';

export type ToPage =
  | PortMessage
  | {
      readonly op: 'send';
      readonly channel: string;
      readonly args: readonly unknown[];
      readonly ports: readonly number[];
    };

export type FromPage =
  PortMessage | { readonly op: 'send'; readonly channel: string; readonly args: readonly unknown[] };
