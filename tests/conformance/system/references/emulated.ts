/** Our processor with RAM, the runner's ROM and nothing else. */
import { bareHost } from '../../../../emulator/cpu/testing/bare-host.ts';
import { createVcpu, type WasmVcpu } from '../../../../emulator/cpu/vcpu.ts';
import * as F from '../format.ts';
import { initialRam, runnerRom, skipHung, type Reference } from './image.ts';

/** A case takes some 200,000 instructions, most of them to hash the window. */
const CASE_BUDGET = 3_000_000;

export class EmulatedReference implements Reference {
  readonly name = 'Breenix';
  readonly #vcpu: WasmVcpu;
  readonly #state: { ended: boolean };

  private constructor(vcpu: WasmVcpu, state: { ended: boolean }) {
    this.#vcpu = vcpu;
    this.#state = state;
  }

  static async create(): Promise<EmulatedReference> {
    const state = { ended: false };
    const vcpu: WasmVcpu = await createVcpu(
      F.RAM_SIZE,
      bareHost({
        portWrite: (port) => {
          if (port !== F.EXIT_PORT) return;
          state.ended = true;
          vcpu.requestYield();
        },
      }),
    );
    vcpu.mapPages(0, F.RAM_SIZE, 'ram', vcpu.ramOffset);
    const rom = vcpu.allocateBacking(F.ROM_SIZE);
    new Uint8Array(vcpu.memory.buffer).set(runnerRom().bytes, rom);
    vcpu.mapPages(F.ROM_BASE, F.ROM_SIZE, 'rom', rom);
    return new EmulatedReference(vcpu, state);
  }

  #ended(): boolean {
    return this.#state.ended;
  }

  run(cases: readonly Uint8Array[]): Promise<Uint8Array> {
    const vcpu = this.#vcpu;
    const ram = new Uint8Array(vcpu.memory.buffer, vcpu.ramOffset, F.RAM_SIZE);
    const view = new DataView(vcpu.memory.buffer, vcpu.ramOffset, F.RAM_SIZE);
    ram.set(initialRam(cases));
    vcpu.invalidateCode(vcpu.ramOffset, F.RAM_SIZE);
    this.#state.ended = false;
    vcpu.reset('power-on');
    let last = -1;
    while (!this.#ended()) {
      const result = vcpu.run(CASE_BUDGET);
      const index = view.getUint32(F.CONTROL_INDEX, true);
      if (result === 'triple-fault') vcpu.reset('power-on');
      else if (result === 'halted' || (result === 'budget' && index === last)) {
        if (!skipHung(view)) throw new Error(`the case runner stopped by itself (${result})`);
        vcpu.reset('power-on');
      }
      last = index;
    }
    return Promise.resolve(Uint8Array.from(ram));
  }
}
