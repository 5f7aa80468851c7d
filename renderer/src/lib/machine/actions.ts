/** What the buttons do, by name. */
export interface MachineActions {
  readonly start: () => void;
  readonly pause: () => void;
  readonly resume: () => void;
  readonly reset: () => void;
  readonly pressPowerButton: () => void;
  readonly pressSleepButton: () => void;
  readonly cutPower: () => void;
  /** Saves what the machine is doing and switches it off. */
  readonly suspend: () => void;
  /** Forgets what was saved. */
  readonly discardSaved: () => void;
}
