/** What the page may ask of the computer: to hold the keyboard and the pointer, to fill the screen, to copy. */
import { isOwnAddress } from './app-origin.ts';

const GRANTED: ReadonlySet<string> = new Set([
  'pointerLock',
  'keyboardLock',
  'fullscreen',
  'clipboard-sanitized-write',
]);

/** `address` is that of the asking page, or its origin. */
export const isGranted = (permission: string, address: string): boolean =>
  GRANTED.has(permission) && isOwnAddress(address);
