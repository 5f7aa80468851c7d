/** What the buttons do, by name. */
export interface MachineActions {
  readonly start: () => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly reset: () => void;
  readonly pressPowerButton: () => void;
  readonly cutPower: () => void;
}
