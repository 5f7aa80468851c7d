/**
 * Stacks that the CPU switches to by itself (IST, SDM 3A 6.14.5) for what must not trust the current stack: double
 * fault, NMI, machine check. Each CPU has its own.
 */
import { mapEmergencyStack } from '../../mm/kernel-stacks';
import { setTssIst } from './gdt';
import { IST_DOUBLE_FAULT, IST_MACHINE_CHECK, IST_NMI, idtUseEmergencyStacks } from './idt';
import { cpuId } from './percpu';

export function emergencyStacksInit(): void {
  setTssIst(IST_DOUBLE_FAULT, mapEmergencyStack(cpuId(), 0));
  setTssIst(IST_NMI, mapEmergencyStack(cpuId(), 1));
  setTssIst(IST_MACHINE_CHECK, mapEmergencyStack(cpuId(), 2));
  idtUseEmergencyStacks();
}
