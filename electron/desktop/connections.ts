/** Answers the page's requests for connections: one port to the back end or to a running machine's process. */
import { ipcMain, MessageChannelMain, type IpcMainEvent, type MessagePortMain } from 'electron';
import * as v from 'valibot';
import { machineId } from '../protocol/app-contract.ts';
import type { AppService } from '../services/app-service.ts';
import { isOwnAddress } from './app-origin.ts';
import { portDuplex } from './port-duplex.ts';

const requestSchema = v.strictTuple([
  v.union([v.literal('app'), v.pipe(v.string(), v.startsWith('vm/'))]),
  v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
]);

export function answerConnections(service: AppService<MessagePortMain>, say: (line: string) => void): void {
  ipcMain.on('connect', (event: IpcMainEvent, ...args: unknown[]) => {
    const request = v.safeParse(requestSchema, args);
    if (!isOurs(event) || !request.success) {
      say('refused a request for a connection');
      return;
    }
    const [target, number] = request.output;
    const { port1, port2 } = new MessageChannelMain();
    event.sender.postMessage('port', number, [port2]);
    if (target === 'app') {
      service.connectRenderer(portDuplex(port1));
      return;
    }
    const id = v.safeParse(machineId, target.slice('vm/'.length));
    if (!id.success || !service.attachViewer(id.output, port1)) port1.close();
  });
}

/** Only our own page, at the top of its window, is answered. */
const isOurs = ({ senderFrame }: IpcMainEvent): boolean =>
  senderFrame?.parent === null && isOwnAddress(senderFrame.url);
