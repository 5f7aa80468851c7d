import { expect, test } from 'vitest';
import { isGranted } from './granted-permissions.ts';

test.each(['pointerLock', 'keyboardLock', 'fullscreen', 'clipboard-sanitized-write'])(
  '%s is granted to our own page only',
  (permission) => {
    expect(isGranted(permission, 'app://breenix/index.html')).toBe(true);
    expect(isGranted(permission, 'https://example.org/')).toBe(false);
  },
);

test.each(['media', 'geolocation', 'notifications', 'clipboard-read', 'openExternal', 'hid', 'usb'])(
  '%s is granted to nobody',
  (permission) => {
    expect(isGranted(permission, 'app://breenix/index.html')).toBe(false);
  },
);
