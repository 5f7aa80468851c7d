/** The link of a child process (`child_process.fork` with advanced serialization) to its parent. */
import process from 'node:process';
import { SAVE_TIMEOUT_MS } from '../protocol/control-contract.ts';
import { overBytes, type Duplex } from '../protocol/duplex.ts';
import { Mux } from '../protocol/mux.ts';
import type { HostLink } from './host-link.ts';
import type { Watchdog } from './watchdog.ts';

export function childLink(log: (message: string) => void, watchdog: Watchdog): HostLink {
  const viewers: Duplex[] = [];
  let viewerListener: ((duplex: Duplex) => void) | null = null;
  const mux = new Mux(
    (message) => {
      if (process.connected) process.send?.(message);
    },
    (bytes) => {
      const duplex = overBytes(bytes, log);
      if (viewerListener === null) viewers.push(duplex);
      else viewerListener(duplex);
    },
  );
  const control = overBytes(mux.control, log);
  process.on('message', (message) => {
    mux.receive(message);
  });
  return {
    control,
    onViewer: (listener) => {
      viewerListener = listener;
      for (const duplex of viewers.splice(0)) listener(duplex);
    },
    onHostGone: (listener) => {
      process.on('disconnect', () => {
        watchdog.allow(SAVE_TIMEOUT_MS);
        listener();
      });
    },
    drain: () =>
      new Promise((resolve) => {
        // Messages leave in order: when this one has, all earlier ones have.
        if (!process.connected || process.send === undefined) resolve();
        else
          process.send({ op: 'close', connection: -1 }, undefined, {}, () => {
            resolve();
          });
      }),
  };
}
