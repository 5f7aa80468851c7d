/**
 * The host's time as the run loop needs it: to read it, to block in it and to be called back in it.
 *
 * - The machine has `hostTime`; a test puts a `VirtualHostTime` (`testing.ts`) in its place and is then as exact on a
 *   busy host as on an idle one.
 */

/** A call that is due; `cancel` may come at any time, also after it was made. */
export interface DueCall {
  cancel(): void;
}

export interface HostTime {
  /** Milliseconds of a clock that never goes back, from any origin. */
  nowMs(): number;
  /** Blocks the thread, events included. */
  block(milliseconds: number): void;
  /** Calls `act` once when the event loop has had its due. */
  soon(act: () => void): DueCall;
  /** Calls `act` once when that time has passed; the host rounds to milliseconds. */
  later(act: () => void, milliseconds: number): DueCall;
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

export const hostTime: HostTime = {
  nowMs: () => performance.now(),
  block: (milliseconds) => {
    Atomics.wait(sleeper, 0, 0, milliseconds);
  },
  soon: (act) => {
    const immediate = setImmediate(act);
    return {
      cancel: () => {
        clearImmediate(immediate);
      },
    };
  },
  later: (act, milliseconds) => {
    const timeout = setTimeout(act, milliseconds);
    return {
      cancel: () => {
        clearTimeout(timeout);
      },
    };
  },
};
