/** Whether the x87 and SSE units may be used now (SDM vol. 3, 2.5 and 13.1). Call with CURRENT_UOP set. */
import { CR0, CR4, FPU_STATUS } from '../layout';
import { CR0_EM, CR0_MP, CR0_NE, CR0_TS, CR4_OSFXSR, MF_VECTOR, NM_VECTOR, UD_VECTOR } from './bits';
import { raise } from './exceptions';

/** x87 and MMX control instructions: #NM under CR0.EM or CR0.TS. */
export function requireFpu(): void {
  if (load<u64>(CR0) & (CR0_EM | CR0_TS)) raise(NM_VECTOR, 0);
}

/** Waiting x87 instructions: a pending unmasked exception is reported first. */
export function requireFpuReady(): void {
  requireFpu();
  // Without CR0.NE the exception goes out over FERR# to IRQ 13: no such wire yet, so it is reported as #MF.
  if (load<u16>(FPU_STATUS) & 0x80) raise(MF_VECTOR, 0);
}

/** FWAIT: #NM needs both CR0.MP and CR0.TS. */
export function requireWait(): void {
  if ((load<u64>(CR0) & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS)) raise(NM_VECTOR, 0);
  if (load<u16>(FPU_STATUS) & 0x80) raise(MF_VECTOR, 0);
}

/** SSE instructions: #UD under CR0.EM or without CR4.OSFXSR, #NM under CR0.TS. */
export function requireSse(): void {
  if ((load<u64>(CR0) & CR0_EM) != 0 || (load<u64>(CR4) & CR4_OSFXSR) == 0) raise(UD_VECTOR, 0);
  if (load<u64>(CR0) & CR0_TS) raise(NM_VECTOR, 0);
}

/** Whether x87 errors are reported as #MF. */
export function nativeErrors(): bool {
  return (load<u64>(CR0) & CR0_NE) != 0;
}
