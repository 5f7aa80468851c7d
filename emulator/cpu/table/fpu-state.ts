/** Control and state of the x87 and SSE units: FNINIT FLDCW FNSTCW FNSTSW FNCLEX FWAIT FXSAVE FXRSTOR MXCSR, fences. */
import type { Family } from './row.ts';

export const fpuState: Family = {
  name: 'fpu-state',
  rows: [
    ['9b', 'fwait', 'fwait'],
    ['db /4.2', 'fnclex', 'fnclex'],
    ['db /4.3', 'fninit', 'fninit'],
    // FNENI, FNDISI, FNSETPM of the 8087 and 80287: no operation since.
    ['db /4.0', 'fneni', 'hot:nop'],
    ['db /4.1', 'fndisi', 'hot:nop'],
    ['db /4.4', 'fnsetpm', 'hot:nop'],
    ['d9 /m5', 'fldcw Mw', 'fldcw'],
    ['d9 /m7', 'fnstcw Mw', 'fnstcw', 'w'],
    ['dd /m7', 'fnstsw Mw', 'fnstsw', 'w'],
    ['df /4.0', 'fnstsw', 'fnstswAx'],
    ['np 0f ae /m0', 'fxsave Mn', 'fxsave', 'w'],
    ['np 0f ae /m1', 'fxrstor Mn', 'fxrstor'],
    ['np 0f ae /m2', 'ldmxcsr Md', 'ldmxcsr'],
    ['np 0f ae /m3', 'stmxcsr Md', 'stmxcsr', 'w'],
    ['np 0f ae /r5', 'lfence', 'hot:nop'],
    ['np 0f ae /r6', 'mfence', 'hot:nop'],
    ['np 0f ae /r7', 'sfence', 'hot:nop'],
    ['np 0f ae /m7', 'clflush Mb', 'clflush'],
  ],
};
