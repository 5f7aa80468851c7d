/**
 * Instructions that a region has the interpreter's own handler do without leaving and without giving up what it holds
 * in locals: x87, MMX, and those of SSE that are not worth an emitter. Only what the handler reads or writes is handed
 * over. That is sound as long as the handler cannot raise an exception, touch a mapping or a page with code; so
 * whatever it could raise is tested before, and its memory operand looked up in the TLB.
 *
 * - x87 results have 80 bits: only the handlers (core/float80) compute them.
 */
import { CR0, CURRENT_UOP, FPU_CONTROL, FPU_STATUS } from '../../cpu/layout.ts';
import type { Emitter } from '../emitter.ts';
import { logWrite, requireAligned } from '../memory.ts';
import type { MicroOp } from '../micro-op.ts';
import { TYPE_HANDLER } from '../wasm/module.ts';
import { I32, LOAD, OP, STORE } from '../wasm/opcodes.ts';
import type { EmitterTable, InstructionEmitter } from './table.ts';

/** CR0.EM and CR0.TS; the status word's summary of unmasked exceptions; the exceptions themselves. */
const CR0_BARS = 0x0c;
const STATUS_SUMMARY = 0x80;
const EXCEPTIONS = 0x3f;
const VECTOR_BYTES = 16;
const RAX = 0;
const RCX = 8;
const RDX = 16;
const FIRST_SPECIAL = 128;

/** A general register: what ModRM names, or one by its place in REGS. */
type General = 'reg' | 'rm' | number;

export interface Direct {
  /** What must be usable: x87 and MMX registers, XMM registers. */
  readonly x87?: true;
  readonly sse?: true;
  /** It may raise exceptions of SSE arithmetic: only where all of them are masked. */
  readonly arithmetic?: true;
  /** A memory operand of 16 bytes need not be aligned. */
  readonly unaligned?: true;
  readonly reads?: readonly General[];
  readonly writes?: readonly General[];
  readonly flags?: 'read' | 'written';
}

export const MMX: Direct = { x87: true };
const X87: Direct = { x87: true };
const SSE: Direct = { sse: true };
const MIXED: Direct = { sse: true, x87: true, arithmetic: true };

/** Leaves where an x87 or MMX instruction would raise #UD, #NM or #MF. */
function requireX87(e: Emitter): void {
  const c = e.code;
  c.loadAt(LOAD.i32, CR0).i32(CR0_BARS).i32op('and');
  c.loadAt(LOAD.i32From16, FPU_STATUS).i32(STATUS_SUMMARY).i32op('and').i32op('or');
  c.loadAt(LOAD.i32From16, FPU_STATUS).loadAt(LOAD.i32From16, FPU_CONTROL).i32(-1).i32op('xor').i32op('and');
  c.i32(EXCEPTIONS).i32op('and').i32op('or');
  e.leaveIf();
}

/** Makes sure that the handler's access to its memory operand finds its page in the TLB. */
function requireMemory(e: Emitter, op: MicroOp, aligned: boolean): void {
  const c = e.code;
  e.pushAddress(op);
  if (aligned && op.memoryBytes === VECTOR_BYTES) requireAligned(e, VECTOR_BYTES);
  const host = c.borrow(I32);
  e.hostAddress(op, op.memoryBytes, op.writesMemory);
  c.set(host);
  if (e.checked && op.writesMemory) logWrite(e, host);
  c.giveBack(I32, host);
}

function offsets(op: MicroOp, list: readonly General[]): number[] {
  return list.flatMap((which) => {
    if (which === 'rm') return op.inMemory ? [] : [op.rm & ~7];
    return which === 'reg' ? [op.reg & ~7] : [which];
  });
}

export function directCall(e: Emitter, op: MicroOp, direct: Direct): void {
  const c = e.code;
  if (direct.x87) requireX87(e);
  if (direct.sse) e.vectors.ready();
  if (direct.arithmetic) e.vectors.masked();
  if (op.inMemory) requireMemory(e, op, direct.sse === true && direct.unaligned !== true);
  const written = offsets(op, direct.writes ?? []);
  const address = op.inMemory ? [op.base, op.index].filter((offset) => offset < FIRST_SPECIAL) : [];
  if (direct.flags === 'read') e.flags.spill();
  if (direct.flags === 'written') e.flags.handOver();
  for (const offset of new Set([...address, ...offsets(op, direct.reads ?? []), ...written]))
    e.storeRegister(offset);
  if (direct.sse) e.vectors.handOver();
  c.i32(0).i32(op.p).access(STORE.i32, CURRENT_UOP, true);
  c.i32(op.p).i32(op.number).callIndirect(TYPE_HANDLER, false).op(OP.drop);
  if (direct.sse) e.vectors.takeBack();
  for (const offset of written) e.loadRegister(offset);
}

function all(direct: Direct, names: string): [string, InstructionEmitter][] {
  return names.split(/\s+/).map((name) => [
    name,
    (e, op) => {
      directCall(e, op, direct);
    },
  ]);
}

/** Handlers for both kinds of registers: those of MMX have 64 bits. */
function either(direct: Direct, names: string): [string, InstructionEmitter][] {
  return names.split(/\s+/).map((name) => [
    name,
    (e, op) => {
      const unit: Direct = op.bits === 64 ? MMX : SSE;
      directCall(e, op, { ...direct, ...unit });
    },
  ]);
}

const X87_NAMES = `fwait fnclex fninit fldcw fnstcw fnstsw
  fadd fiadd faddSt0 faddSti faddp fmul fimul fmulSt0 fmulSti fmulp fsub fisub fsubSt0 fsubSti fsubp
  fsubr fisubr fsubrSt0 fsubrSti fsubrp fdiv fidiv fdivSt0 fdivSti fdivp fdivr fidivr fdivrSt0 fdivrSti fdivrp
  fchs fabs fxtract fprem1 fprem fsqrt frndint fscale
  fcom fcomp ficom ficomp fcomSti fcompSti fcompp fucom fucomp fucompp ftst fxam
  fld fldExtended fldSti fild fbld fstKeep fstPop fstpExtended fstSti fstpSti fstpQuiet fist fistp fisttp fbstp
  fld1 fldl2t fldl2e fldpi fldlg2 fldln2 fldz fxch ffree ffreep fdecstp fincstp fnop
  f2xm1 fyl2x fptan fpatan fyl2xp1 fsincos fsin fcos`;
const FCMOV_NAMES = 'fcmovb fcmove fcmovbe fcmovu fcmovnb fcmovne fcmovnbe fcmovnu';
const SSE_ARITHMETIC_NAMES = `cmpPacked cmpScalar cvtps2pd cvtpd2ps cvtss2sd cvtsd2ss cvtdq2ps cvtps2dq cvttps2dq
  cvttpd2dq cvtpd2dq cvtdq2pd hadd hsub addsub roundPacked roundScalar dp`;
const SSE_NAMES = `stmxcsr movhpsMV movsldup movshdup rcpps rsqrtps rcpss rsqrtss
  pmuldq pcmpeqq packusdw pcmpgtq pminsb pminsd pminuw pminud pmaxsb pmaxsd pmaxuw pmaxud pmulld
  pblendvb blendvps blendvpd pmovsxbw pmovzxbw pmovsxbd pmovzxbd pmovsxbq pmovzxbq pmovsxwd pmovzxwd pmovsxwq
  pmovzxwq pmovsxdq pmovzxdq phminposuw blend mpsadbw insertps`;
const EITHER_NAMES = `pmulhw pmulhuw psadbw psllw pslld psllq psrlw psrld psrlq psraw psrad
  pshufb phaddw phaddd phaddsw pmaddubsw phsubw phsubd phsubsw psignb psignw psignd pmulhrsw pabsb pabsw pabsd palignr`;

/** On general registers: they read flags or write some of them. */
const FLAGS: Direct = { flags: 'written' };
/** Of what has emitters in shifts.ts, only some sizes come here. */
export const SHIFTED: Direct = { ...FLAGS, reads: ['reg', RCX], writes: ['rm'] };

export const direct: EmitterTable = Object.fromEntries([
  ...all({ ...FLAGS, reads: ['rm'], writes: ['reg'] }, 'bsf bsr'),
  ...all(SHIFTED, 'rclEI rclEC rcrEI rcrEC shldC shrdC'),
  ...all({ ...FLAGS, reads: [RAX] }, 'sahf'),
  ...all({ flags: 'read', writes: [RAX] }, 'lahf'),
  ...all({ ...FLAGS, writes: [RAX] }, 'daa das aaa aas aad'),
  ...all(X87, X87_NAMES),
  ...all({ ...X87, flags: 'read' }, FCMOV_NAMES),
  ...all({ ...X87, flags: 'written' }, 'fucomi fcomi fucomip fcomip'),
  ...all({ ...X87, writes: [RAX] }, 'fnstswAx'),
  ...all(MMX, 'pshufw movntq movqPQ movqQP emms'),
  ...all({ ...MMX, reads: ['rm'] }, 'movToMmx'),
  ...all({ ...MMX, writes: ['rm'] }, 'movFromMmx'),
  ...all(MIXED, 'movdq2q movq2dq cvtpi2ps cvtpi2pd cvttps2pi cvttpd2pi cvtps2pi cvtpd2pi'),
  ...either({}, EITHER_NAMES),
  ...either({ reads: ['rm'] }, 'pinsrw'),
  ...either({ writes: ['reg'] }, 'pextrw'),
  ...all(SSE, SSE_NAMES),
  ...all({ ...SSE, arithmetic: true }, SSE_ARITHMETIC_NAMES),
  ...all({ ...SSE, arithmetic: true, reads: ['rm'] }, 'cvtsi2ss'),
  ...all({ ...SSE, arithmetic: true, writes: ['reg'] }, 'cvttss2si cvtss2si cvtsd2si'),
  ...all({ ...SSE, reads: ['rm'] }, 'pinsr'),
  ...all({ ...SSE, writes: ['rm'] }, 'pextr extractps'),
  ...all({ ...SSE, reads: ['reg', 'rm'], writes: ['reg'] }, 'crc32'),
  ...all({ ...SSE, flags: 'written' }, 'ptest'),
  ...all({ ...SSE, unaligned: true, flags: 'written' }, 'pcmpistrm'),
  ...all({ ...SSE, unaligned: true, flags: 'written', writes: [RCX] }, 'pcmpistri'),
  ...all({ ...SSE, unaligned: true, flags: 'written', reads: [RAX, RDX] }, 'pcmpestrm'),
  ...all({ ...SSE, unaligned: true, flags: 'written', reads: [RAX, RDX], writes: [RCX] }, 'pcmpestri'),
]);
