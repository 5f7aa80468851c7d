/** The keys that give the keyboard back to the host: physical codes, all held at once. */
export const releaseKeys = {
  'right-ctrl': { label: 'Right Ctrl', codes: ['ControlRight'] },
  'right-alt': { label: 'Right Alt', codes: ['AltRight'] },
  'right-shift-ctrl': { label: 'Right Shift + Right Ctrl', codes: ['ShiftRight', 'ControlRight'] },
  'scroll-lock': { label: 'Scroll Lock', codes: ['ScrollLock'] },
  'meta-ctrl': { label: 'Command + Control', codes: ['MetaLeft', 'ControlLeft'] },
} as const satisfies Record<string, { label: string; codes: readonly string[] }>;

export type ReleaseKeyId = keyof typeof releaseKeys;

export const releaseKeyIds = Object.keys(releaseKeys) as ReleaseKeyId[];
