import { expect, it } from 'vitest';
import { Ports } from './port-space.ts';

it('names only so many ports without a device, however many a guest reads and writes', () => {
  const log: string[] = [];
  const ports = new Ports((_level, message) => log.push(message));
  const answers = new Set<number>();
  for (let port = 0; port < 0x10000; port++) {
    answers.add(ports.read(port, 1));
    ports.write(port, 1, 0);
  }
  expect([...answers]).toEqual([0xff]);
  expect(log.length).toBeGreaterThan(1);
  expect(log.length).toBeLessThan(2000);
});
