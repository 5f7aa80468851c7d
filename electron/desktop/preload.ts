/**
 * Runs in the page's process before the page, isolated from it. It lets the page ask for connections and hands
 * over the ports that come; nothing else crosses.
 */
import { contextBridge, ipcRenderer } from 'electron';

ipcRenderer.on('port', (event, request: number) => {
  window.postMessage({ breenixPort: request }, window.location.origin, [...event.ports]);
});

contextBridge.exposeInMainWorld('breenix', {
  connect: (target: string, request: number): void => {
    ipcRenderer.send('connect', target, request);
  },
});
