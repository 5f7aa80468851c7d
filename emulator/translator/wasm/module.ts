/**
 * A wasm module around one translated region: imports of the core's memory, handler table and helpers, and the
 * region's function, exported as "f". Format: WebAssembly Core Specification 2.0, 5.5.
 */
import { ByteWriter } from './byte-writer.ts';
import { I32, I64 } from './opcodes.ts';

/** Type indices of every region's module. */
export const TYPE_HANDLER = 0;
const TYPE_SPILL_FLAGS = 1;
/** Function indices. */
export const SPILL_FLAGS = 0;
const MAXIMUM_PAGES = 65536;

function section(id: number, fill: (w: ByteWriter) => void): ByteWriter {
  const content = new ByteWriter();
  fill(content);
  const out = new ByteWriter(content.length + 8);
  out.u8(id);
  out.unsigned(content.length);
  out.append(content.view());
  return out;
}

const HEAD = new ByteWriter();
HEAD.append([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
HEAD.append(
  section(1, (w) => {
    w.unsigned(2);
    w.append([0x60, 1, I32, 1, I32]);
    w.append([0x60, 9, I32, I32, I32, I32, I64, I64, I64, I32, I32, 0]);
  }).view(),
);
HEAD.append(
  section(2, (w) => {
    w.unsigned(3);
    w.name('e');
    w.name('memory');
    w.append([2, 3, 1]);
    w.unsigned(MAXIMUM_PAGES);
    w.name('e');
    w.name('table');
    w.append([1, 0x70, 0, 1]);
    w.name('e');
    w.name('spillFlags');
    w.append([0, TYPE_SPILL_FLAGS]);
  }).view(),
);
HEAD.append(
  section(3, (w) => {
    w.append([1, TYPE_HANDLER]);
  }).view(),
);
HEAD.append(
  section(7, (w) => {
    w.unsigned(1);
    w.name('f');
    w.append([0, 1]);
  }).view(),
);

/** The module's bytes for the body of the region's function. */
export function regionModule(body: ByteWriter): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(HEAD.length + body.length + 16);
  out.append(HEAD.view());
  out.append(
    section(10, (w) => {
      w.unsigned(1);
      w.unsigned(body.length);
      w.append(body.view());
    }).view(),
  );
  return Uint8Array.from(out.view());
}

/** Whether the runtime knows tail calls; without them regions return to the run loop to reach one another. */
export function hasTailCalls(): boolean {
  return WebAssembly.validate(
    Uint8Array.from([
      0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 6, 1, 4, 0, 0x12, 0, 0x0b,
    ]),
  );
}
