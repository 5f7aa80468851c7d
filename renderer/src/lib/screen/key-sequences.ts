/** Key combinations that the host's system keeps for itself, sent to the guest from the Keys menu. */
export interface KeySequence {
  readonly label: string;
  /** Pressed in this order, lifted in the opposite one. */
  readonly codes: readonly string[];
}

export const keySequences: readonly KeySequence[] = [
  { label: 'Ctrl + Alt + Del', codes: ['ControlLeft', 'AltLeft', 'Delete'] },
  { label: 'Ctrl + Alt + F1', codes: ['ControlLeft', 'AltLeft', 'F1'] },
  { label: 'Ctrl + Alt + F2', codes: ['ControlLeft', 'AltLeft', 'F2'] },
  { label: 'Alt + Tab', codes: ['AltLeft', 'Tab'] },
  { label: 'Right Ctrl', codes: ['ControlRight'] },
  { label: 'Print Screen', codes: ['PrintScreen'] },
];

export function sendSequence({ codes }: KeySequence, send: (code: string, pressed: boolean) => void): void {
  for (const code of codes) send(code, true);
  for (const code of codes.toReversed()) send(code, false);
}
