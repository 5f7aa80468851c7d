/** A failing case as text: bytes, disassembly, the state before, what differs after. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as F from './case-format.ts';
import type { Case, Mode } from './generator.ts';

function disassemble(code: Uint8Array, address: number, mode: Mode): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'breenix-conformance-'));
  const file = path.join(folder, 'code');
  try {
    writeFileSync(file, code);
    const args = [
      '-D',
      '-b',
      'binary',
      '-m',
      mode === '64-bit' ? 'i386:x86-64' : 'i386',
      '-M',
      'intel',
      `--adjust-vma=0x${address.toString(16)}`,
      file,
    ];
    const run = spawnSync('objdump', args, { encoding: 'utf8' });
    return run.status === 0
      ? run.stdout.split('\n').slice(7).join('\n').trimEnd()
      : '  (objdump is not installed)';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function describeFailure(tested: Case, lines: readonly string[]): string {
  const { record } = tested;
  const view = new DataView(record.buffer, record.byteOffset, F.RECORD_SIZE);
  const length = view.getUint32(F.AT_CODE_LENGTH, true);
  const address = F.CODE_BASE + view.getUint32(F.AT_CODE_OFFSET, true);
  const code = record.subarray(F.AT_CODE, F.AT_CODE + length);
  const bytes = [...code].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const regs = F.REGISTER_NAMES.map(
    (name, i) => `${name}=${view.getBigUint64(F.AT_REGS + i * 8, true).toString(16)}`,
  ).join(' ');
  const hexDump = (at: number, size: number): string =>
    Array.from({ length: size / 8 }, (_, i) =>
      view
        .getBigUint64(at + i * 8, true)
        .toString(16)
        .padStart(16, '0'),
    ).join(' ');
  const xmm = Array.from({ length: 16 }, (_, i) => {
    const at = F.AT_FX + 160 + i * 16;
    return `xmm${i}=${view
      .getBigUint64(at + 8, true)
      .toString(16)
      .padStart(16, '0')}.${view.getBigUint64(at, true).toString(16).padStart(16, '0')}`;
  });
  const st = Array.from({ length: 8 }, (_, i) => {
    const at = F.AT_FX + 32 + i * 16;
    return `st${i}=${view
      .getUint16(at + 8, true)
      .toString(16)
      .padStart(4, '0')}.${view.getBigUint64(at, true).toString(16).padStart(16, '0')}`;
  });
  const text = lines.join('\n');
  return [
    `${tested.mode} code: ${bytes}`,
    disassemble(code, address, tested.mode),
    `before: ${regs} rflags=${view.getBigUint64(F.AT_RFLAGS, true).toString(16)}`,
    ...(/xmm|mxcsr/.test(text)
      ? [`  mxcsr=${view.getUint32(F.AT_FX + 24, true).toString(16)} ${xmm.join(' ')}`]
      : []),
    ...(/st\d|fcw|fsw|ftw/.test(text)
      ? [
          `  fcw=${view.getUint16(F.AT_FX, true).toString(16)} fsw=${view.getUint16(F.AT_FX + 2, true).toString(16)} ftw=${view.getUint8(F.AT_FX + 4).toString(16)} ${st.join(' ')}`,
        ]
      : []),
    ...(process.env['CONFORMANCE_WINDOW'] ? [`  window: ${hexDump(F.AT_WINDOW, F.WINDOW_SIZE)}`] : []),
    'after (real processor, then ours):',
    ...lines.slice(0, 20).map((line) => `  ${line}`),
  ].join('\n');
}
