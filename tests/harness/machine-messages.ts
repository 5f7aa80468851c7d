/** What goes between a test and the process that runs our own machine for it. */
import type { BootOptions, GuestEvent } from './guest.ts';

export type ToMachine =
  | { readonly kind: 'boot'; readonly options: BootOptions }
  | { readonly kind: 'serial'; readonly bytes: Uint8Array }
  | { readonly kind: 'key'; readonly code: string; readonly pressed: boolean }
  | { readonly kind: 'power-button' }
  | { readonly kind: 'screenshot' };

export type FromMachine =
  | { readonly kind: 'booted' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'serial'; readonly bytes: Uint8Array }
  | { readonly kind: 'event'; readonly event: GuestEvent }
  | { readonly kind: 'log'; readonly message: string }
  | { readonly kind: 'screenshot'; readonly png: Uint8Array };
