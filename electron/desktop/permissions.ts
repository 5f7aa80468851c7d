/** Joins the granted permissions to Chromium's questions. */
import type { Session } from 'electron';
import { isGranted } from './granted-permissions.ts';

export function limitPermissions(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer, details) => {
    answer(isGranted(permission, details.requestingUrl));
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => isGranted(permission, origin));
}
