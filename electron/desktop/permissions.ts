/** What the page may ask of the computer: to hold the keyboard and the pointer, to fill the screen, to copy. */
import type { Session } from 'electron';
import { APP_ORIGIN } from './app-protocol.ts';

const GRANTED: ReadonlySet<string> = new Set([
  'pointerLock',
  'keyboardLock',
  'fullscreen',
  'clipboard-sanitized-write',
]);

export const isGranted = (permission: string, origin: string): boolean =>
  GRANTED.has(permission) && origin === APP_ORIGIN;

export function limitPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    answer(isGranted(permission, new URL(details.requestingUrl).origin));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) =>
    // Chromium gives this one with a slash at its end.
    isGranted(permission, origin.replace(/\/$/, '')),
  );
}
