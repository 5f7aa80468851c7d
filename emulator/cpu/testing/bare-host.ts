/**
 * A processor's host with nothing on its board: for tests and benchmarks of the processor alone.
 *
 * - Ports and MMIO read as ones, time stands still, every interrupt is vector 255; `parts` replaces any of it.
 */
import type { VcpuHost } from '../../machine/vcpu-types.ts';

export function bareHost(parts: Partial<VcpuHost> = {}): VcpuHost {
  let priority = 0;
  return {
    portRead: () => 0xffffffff,
    portReadRun: () => 0,
    portWrite: () => undefined,
    portWriteRun: () => 0,
    mmioRead: () => 0xffffffff,
    mmioWrite: () => undefined,
    acknowledgeInterrupt: () => 0xff,
    taskPriority: () => priority,
    setTaskPriority: (value) => {
      priority = value;
    },
    setApicBase: () => undefined,
    timestampDeadline: () => 0n,
    setTimestampDeadline: () => undefined,
    timestampCounter: () => 0n,
    log: () => undefined,
    ...parts,
  };
}
