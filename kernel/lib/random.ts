/**
 * Random numbers that cannot be foretold: ChaCha20 (RFC 8439) with its key replaced after each use ("fast key erasure",
 * Bernstein 2017), seeded from the processor's generator (RDRAND; SDM 1 7.3.17) where there is one, and from the
 * time-stamp counter at interrupts all the time.
 *
 * `randomMix` may be called from any context; nothing here waits: before interrupts have come in, the seed is what the
 * processor and its counter give.
 */
import { hardwareRandom, readTsc } from '../arch/x86_64/cpu';
import { lockIrqSave, unlockIrqRestore } from './spinlock';

const lock = memory.data(4, 4);
/** Key (32 bytes); the block's input and output (64 bytes each); what interrupts brought (32 bytes). */
const key = memory.data(32, 8);
const input = memory.data(64, 8);
const output = memory.data(64, 8);
const pool = memory.data(32, 8);
let poolAt: u32 = 0;
let seeded = false;
let counter: u64 = 0;
let sinceReseed: u32 = 0;
/** Blocks after which the pool goes into the key. */
const RESEED_BLOCKS: u32 = 64;
const BLOCK_OUTPUT: usize = 32;

/** Something that an outsider cannot know exactly; the time of the call counts too. */
export function randomMix(value: u64): void {
  const at = pool + <usize>(poolAt++ & 3) * 8;
  const old = load<u64>(at);
  store<u64>(at, (rotl<u64>(old, 19) ^ value ^ rotl<u64>(readTsc(), 7)) * 0x9e3779b97f4a7c15);
}

/** Fills `count` bytes. */
export function randomBytes(to: usize, count: usize): void {
  const flags = lockIrqSave(lock);
  if (!seeded || ++sinceReseed >= RESEED_BLOCKS) reseed();
  let done: usize = 0;
  while (done < count) {
    block();
    const n = min(count - done, BLOCK_OUTPUT);
    memory.copy(to + done, output + 32, n);
    // The first half becomes the next key: what was given out cannot be found again.
    memory.copy(key, output, 32);
    done += n;
  }
  memory.fill(output, 0, 64);
  unlockIrqRestore(lock, flags);
}

export function randomWord(): u64 {
  randomBytes(word, 8);
  return load<u64>(word);
}

const word = memory.data(8, 8);

function reseed(): void {
  seeded = true;
  sinceReseed = 0;
  for (let i: usize = 0; i < 4; i++) {
    const mixed = load<u64>(pool + i * 8) ^ hardwareRandom() ^ rotl<u64>(readTsc(), <u64>i * 13);
    store<u64>(key + i * 8, load<u64>(key + i * 8) ^ mixed);
  }
  block();
  memory.copy(key, output, 32);
}

/** One ChaCha20 block of the key and a counter, into `output`. */
function block(): void {
  store<u32>(input, 0x61707865);
  store<u32>(input, 0x3320646e, 4);
  store<u32>(input, 0x79622d32, 8);
  store<u32>(input, 0x6b206574, 12);
  memory.copy(input + 16, key, 32);
  store<u64>(input, counter++, 48);
  store<u64>(input, 0, 56);
  chachaBlock(input, output);
}

/** The ChaCha20 block function (RFC 8439 2.3) on sixteen words. */
export function chachaBlock(from: usize, to: usize): void {
  memory.copy(to, from, 64);
  for (let round = 0; round < 10; round++) {
    quarter(to, 0, 16, 32, 48);
    quarter(to, 4, 20, 36, 52);
    quarter(to, 8, 24, 40, 56);
    quarter(to, 12, 28, 44, 60);
    quarter(to, 0, 20, 40, 60);
    quarter(to, 4, 24, 44, 48);
    quarter(to, 8, 28, 32, 52);
    quarter(to, 12, 16, 36, 56);
  }
  for (let i: usize = 0; i < 64; i += 4) store<u32>(to + i, load<u32>(to + i) + load<u32>(from + i));
}

function quarter(s: usize, a: usize, b: usize, c: usize, d: usize): void {
  let va = load<u32>(s + a);
  let vb = load<u32>(s + b);
  let vc = load<u32>(s + c);
  let vd = load<u32>(s + d);
  va += vb;
  vd = rotl<u32>(vd ^ va, 16);
  vc += vd;
  vb = rotl<u32>(vb ^ vc, 12);
  va += vb;
  vd = rotl<u32>(vd ^ va, 8);
  vc += vd;
  vb = rotl<u32>(vb ^ vc, 7);
  store<u32>(s + a, va);
  store<u32>(s + b, vb);
  store<u32>(s + c, vc);
  store<u32>(s + d, vd);
}
