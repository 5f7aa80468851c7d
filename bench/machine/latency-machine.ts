/**
 * Our machine as latency.ts measures it, COM1 on standard input and output: with a port that reads the host's clock.
 * Guest time would not do: it waits for a timer that is late. Keys come by a local socket.
 * Usage: node latency-machine.ts IMAGE SOCKET
 */
import process from 'node:process';
import { openRawImage } from '../../disk-images/formats/raw.ts';
import { loadFirmware } from '../../electron/services/firmware.ts';
import { createVcpu } from '../../emulator/cpu/vcpu.ts';
import { createMachine } from '../../emulator/machine/machine.ts';
import { CLOCK_COUNTS_PER_MS, CLOCK_PORT, LATENCY_MEMORY_MIB } from './latency-guest.ts';
import { serveKeys } from './latency-keys.ts';

const [image, keySocket] = process.argv.slice(2);
if (image === undefined || keySocket === undefined) {
  process.stderr.write('usage: node latency-machine.ts IMAGE SOCKET (latency.ts starts it)\n');
  process.exit(2);
}

const machine = await createMachine(
  {
    memoryBytes: LATENCY_MEMORY_MIB * 2 ** 20,
    firmware: loadFirmware('bios'),
    drives: [{ slot: 'ide0-master', kind: 'disk', medium: openRawImage(image, { readOnly: true }) }],
    log: () => undefined,
  },
  (ramBytes, host, options) =>
    createVcpu(
      ramBytes,
      {
        ...host,
        portRead: (port, sizeBytes) =>
          port === CLOCK_PORT
            ? Math.round(performance.now() * CLOCK_COUNTS_PER_MS) >>> 0
            : host.portRead(port, sizeBytes),
      },
      options,
    ),
);
machine.on('serialOutput', (port, bytes) => {
  if (port === 0) process.stdout.write(bytes);
});
machine.on('stopped', (reason) => {
  process.stderr.write(`the machine stopped: ${reason.kind}\n`);
  process.exit(1);
});
process.stdin.on('data', (bytes: Buffer) => {
  machine.serialInput(0, bytes);
});
serveKeys(keySocket, (down) => {
  machine.key('KeyA', down);
});
machine.start();
