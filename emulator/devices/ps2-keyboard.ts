/**
 * A PS/2 keyboard: scan-code sets 1 to 3, all host commands, typematic repeat by its own timer.
 *
 * - `key` may repeat a press that is already held (a host's auto-repeat): it is ignored, the keyboard repeats
 *   by itself at the rate that the guest chose.
 * - The key buffer holds 16 bytes of key codes; when a key does not fit, an overrun code is sent once.
 * Source: IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary Device Controller"
 * (1988), keyboard (101/102-key) commands.
 */
import type { StateFields, Timer, Timers } from '../machine/bus.ts';
import { PS2, Ps2Device } from './ps2-device.ts';
import { isKnownKey, keySequence, type KeySequence, type ScanCodeSet } from './ps2-scancodes.ts';

const BUFFER_BYTES = 16;
/** Pause in scan-code sets 1 and 2. */
const LONGEST_KEY_BYTES = 8;
const ID = [0xab, 0x83] as const;
const DEFAULT_TYPEMATIC = 0x2b;
const NS_PER_MS = 1e6;

type KeyMode = { readonly typematic: boolean; readonly release: boolean };

const NO_KEY: KeySequence = { make: [], break: [], typematic: false };

export class Ps2Keyboard extends Ps2Device {
  readonly #repeat: Timer;
  readonly #held = new Map<string, KeySequence | null>();
  /** Set 3 key types that the host chose (commands 0xF7..0xFD). */
  #allKeys: KeyMode | null = null;
  readonly #keyModes = new Map<number, KeyMode>();
  #set: ScanCodeSet = 2;
  #scanning = true;
  /** The overrun code is in the queue: no key enters until it is empty. */
  #overrun = false;
  #typematic = DEFAULT_TYPEMATIC;
  #command: number | null = null;
  #repeating: KeySequence | null = null;
  /** Scroll lock 1, num lock 2, caps lock 4: what the guest shows. */
  leds = 0;

  constructor(timers: Timers) {
    super(timers, 'keyboard', [PS2.selfTestPassed]);
    this.#repeat = timers.create('keyboard-typematic', () => {
      this.#repeatKey();
    });
  }

  /** Power-on state: scanning, as after a passed self test whose answer nobody waited for. */
  override reset(): void {
    super.reset();
    this.#held.clear();
    this.#command = null;
    this.#defaults();
    this.#scanning = true;
    this.leds = 0;
  }

  state(fields: StateFields): void {
    this.queue.state(fields);
    const mode = ({ typematic, release }: KeyMode): KeyMode => ({
      typematic: fields.bool(typematic),
      release: fields.bool(release),
    });
    const bytes = (values: readonly number[]): number[] => fields.list(values, (v) => fields.u8(v), 0);
    const sequence = (keys: KeySequence): KeySequence => ({
      make: bytes(keys.make),
      break: bytes(keys.break),
      typematic: fields.bool(keys.typematic),
    });
    const repeating = [...this.#held].find(([, keys]) => keys !== null && keys === this.#repeating)?.[0];
    const held = fields.list<[string, KeySequence | null]>(
      [...this.#held],
      ([code, keys]) => [fields.text(code), fields.optional(keys, sequence, NO_KEY)],
      ['', null],
    );
    const repeats = fields.optional(repeating ?? null, (code) => fields.text(code), '');
    this.#allKeys = fields.optional(this.#allKeys, mode, { typematic: false, release: false });
    const modes = fields.list<[number, KeyMode]>(
      [...this.#keyModes],
      ([key, value]) => [fields.u8(key), mode(value)],
      [0, { typematic: false, release: false }],
    );
    this.#set = (fields.u8(this.#set - 1) + 1) as ScanCodeSet;
    this.#scanning = fields.bool(this.#scanning);
    this.#overrun = fields.bool(this.#overrun);
    this.#typematic = fields.u8(this.#typematic);
    this.#command = fields.optional(this.#command, (v) => fields.u8(v), 0);
    this.leds = fields.u8(this.leds);
    if (!fields.restoring) return;
    this.#held.clear();
    for (const [code, keys] of held) this.#held.set(code, keys);
    this.#repeating = repeats === null ? null : (this.#held.get(repeats) ?? null);
    this.#keyModes.clear();
    for (const [key, value] of modes) this.#keyModes.set(key, value);
  }

  #defaults(): void {
    this.#set = 2;
    this.#typematic = DEFAULT_TYPEMATIC;
    this.#allKeys = null;
    this.#keyModes.clear();
    this.#stopRepeat();
  }

  /** Whether any key fits in the buffer now. */
  get hasRoom(): boolean {
    return (
      this.queue.length === 0 || (!this.#overrun && this.queue.length <= BUFFER_BYTES - LONGEST_KEY_BYTES)
    );
  }

  /** A key of the person at the machine. False for a key that no PC keyboard has. */
  key(code: string, pressed: boolean): boolean {
    if (!isKnownKey(code)) return false;
    if (!pressed) {
      const sequence = this.#held.get(code);
      this.#held.delete(code);
      if (sequence === undefined || sequence === null) return true;
      if (this.#repeating === sequence) this.#stopRepeat();
      if (this.#modeOf(sequence).release) this.#sendKey(sequence.break);
      return true;
    }
    if (this.#held.has(code)) return true;
    const down = (...codes: string[]): boolean => codes.some((c) => this.#held.has(c));
    const held = {
      control: down('ControlLeft', 'ControlRight'),
      alt: down('AltLeft', 'AltRight'),
    };
    const sequence = keySequence(code, this.#set, held);
    this.#held.set(code, sequence);
    if (sequence === null) return true;
    this.#sendKey(sequence.make);
    if (this.#modeOf(sequence).typematic) {
      this.#repeating = sequence;
      this.#repeat.arm(this.timers.nowNs() + (((this.#typematic >> 5) & 3) + 1) * 250 * NS_PER_MS);
    } else {
      this.#stopRepeat();
    }
    return true;
  }

  #modeOf(sequence: KeySequence): KeyMode {
    const key = sequence.make[0];
    const chosen = this.#set === 3 && key !== undefined ? (this.#keyModes.get(key) ?? this.#allKeys) : null;
    return chosen ?? { typematic: sequence.typematic, release: true };
  }

  #sendKey(bytes: readonly number[]): void {
    if (!this.#scanning) return;
    if (this.queue.length === 0) this.#overrun = false;
    if (this.#overrun) return;
    if (this.queue.length + bytes.length <= BUFFER_BYTES) {
      this.send(...bytes);
      return;
    }
    this.#overrun = true;
    this.send(this.#set === 1 ? 0xff : 0x00);
  }

  #stopRepeat(): void {
    this.#repeating = null;
    this.#repeat.cancel();
  }

  #repeatKey(): void {
    if (this.#repeating === null) return;
    // Repeats are dropped rather than queued when the guest does not take them.
    if (this.queue.length === 0) this.#sendKey(this.#repeating.make);
    const rate = this.#typematic & 0x1f;
    const periodMs = (8 + (rate & 7)) * 2 ** (rate >> 3) * 4.17;
    this.#repeat.arm(this.timers.nowNs() + periodMs * NS_PER_MS);
  }

  receive(byte: number): void {
    const command = this.#command;
    if (command !== null && byte < 0xed) {
      this.#command = null;
      this.#argument(command, byte);
      return;
    }
    this.#command = null;
    this.#execute(byte);
  }

  #execute(command: number): void {
    switch (command) {
      case 0xed:
      case 0xf0:
      case 0xf3:
        this.#command = command;
        break;
      case 0xee:
        this.send(PS2.echo);
        return;
      case 0xf2:
        this.send(PS2.ack, ...ID);
        return;
      case 0xf4:
        this.queue.clear();
        this.#scanning = true;
        break;
      case 0xf5:
        this.queue.clear();
        this.#defaults();
        this.#scanning = false;
        break;
      case 0xf6:
        this.queue.clear();
        this.#defaults();
        break;
      case 0xf7:
      case 0xf8:
      case 0xf9:
      case 0xfa:
        this.#allKeys = keyModeOf(command);
        this.#keyModes.clear();
        break;
      case 0xfb:
      case 0xfc:
      case 0xfd:
        this.#command = command;
        break;
      default:
        if (!this.common(command, [this.queue.last])) this.send(PS2.resend);
        return;
    }
    this.send(PS2.ack);
  }

  #argument(command: number, value: number): void {
    switch (command) {
      case 0xed:
        this.leds = value & 7;
        break;
      case 0xf0:
        if (value === 0) {
          this.send(PS2.ack, this.#set);
          return;
        }
        if (value > 3) {
          this.send(PS2.resend);
          return;
        }
        this.queue.clear();
        this.#set = value as ScanCodeSet;
        break;
      case 0xf3:
        this.#typematic = value & 0x7f;
        break;
      default:
        this.#keyModes.set(value, keyModeOf(command));
        this.#command = command;
    }
    this.send(PS2.ack);
  }
}

/** Commands 0xF7..0xFA for all keys, 0xFB..0xFD for one: typematic, make/break, make only, all. */
function keyModeOf(command: number): KeyMode {
  switch (command) {
    case 0xf7:
    case 0xfb:
      return { typematic: true, release: false };
    case 0xf8:
    case 0xfc:
      return { typematic: false, release: true };
    case 0xf9:
    case 0xfd:
      return { typematic: false, release: false };
    default:
      return { typematic: true, release: true };
  }
}
