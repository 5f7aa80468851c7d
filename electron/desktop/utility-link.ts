/** The link of an Electron utility process to the main process; Chromium ends the one with the other. */
import type { MessageEvent, ParentPort } from 'electron';
import type { Duplex } from '../protocol/duplex.ts';
import type { HostLink } from '../vm-process/host-link.ts';
import { portDuplex } from './port-duplex.ts';
import type { FromUtility, ToUtility } from './utility-messages.ts';

const DRAIN_TIMEOUT_MS = 1000;

export function utilityLink(parent: ParentPort): HostLink {
  const early: unknown[] = [];
  const waiting: Duplex[] = [];
  let controlListener: ((message: unknown) => void) | null = null;
  let viewerListener: ((duplex: Duplex) => void) | null = null;
  let drained: (() => void) | null = null;
  const post = (message: FromUtility): void => {
    parent.postMessage(message);
  };
  const receive: Record<ToUtility['kind'], (event: MessageEvent) => void> = {
    control: (event) => {
      const { message } = event.data as Extract<ToUtility, { kind: 'control' }>;
      if (controlListener === null) early.push(message);
      else controlListener(message);
    },
    viewer: (event) => {
      for (const port of event.ports) {
        const duplex = portDuplex(port);
        if (viewerListener === null) waiting.push(duplex);
        else viewerListener(duplex);
      }
    },
    drained: () => {
      drained?.();
    },
  };
  parent.on('message', (event) => {
    receive[(event.data as ToUtility).kind](event);
  });
  return {
    control: {
      post: (message) => {
        post({ kind: 'control', message });
      },
      onMessage: (listener) => {
        controlListener = listener;
        for (const message of early.splice(0)) listener(message);
      },
      onClose: () => undefined, // it lasts as long as the process
      close: () => undefined,
    },
    onViewer: (listener) => {
      viewerListener = listener;
      for (const duplex of waiting.splice(0)) listener(duplex);
    },
    // Chromium ends this process at once (content/child/child_thread_impl.cc, OnChannelError): no code of ours runs then.
    onHostGone: () => undefined,
    drain: () =>
      new Promise((resolve) => {
        drained = resolve;
        setTimeout(resolve, DRAIN_TIMEOUT_MS);
        post({ kind: 'drain' });
      }),
  };
}
