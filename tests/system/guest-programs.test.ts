import { describe, expect, it } from 'vitest';
import { parseMarkers } from './guest-programs.ts';

describe('parseMarkers', () => {
  it('reads passes, failures with their reason, and the gate marker', () => {
    const text =
      'x\r\nTEST_MARKER: fork OK\r\nTEST_MARKER: cow FAIL page 3 shared; look at cow.ts\nTEST_MARKER: SYSCALL_OK\n';
    expect(parseMarkers(text)).toEqual([
      { name: 'fork', failure: null },
      { name: 'cow', failure: 'page 3 shared; look at cow.ts' },
      { name: 'syscall_gate_marker', failure: null },
    ]);
  });

  it("reads the markers of the kernel's own tests out of its log", () => {
    expect(parseMarkers('[    0.031] selftest: TEST_MARKER: frames OK\r\n')).toEqual([
      { name: 'frames', failure: null },
    ]);
  });

  it('counts a malformed line as a failure, and a marker inside a line not at all', () => {
    expect(parseMarkers('TEST_MARKER: fork MAYBE\nsaid TEST_MARKER: y OK\n')).toEqual([
      { name: 'fork MAYBE', failure: 'a malformed TEST_MARKER line' },
    ]);
  });
});
