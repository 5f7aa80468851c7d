/**
 * The keyboard while the guest has it: every key goes there, except the release key, which always gives the
 * keyboard back. No key is left pressed in the guest when the focus goes elsewhere.
 */
export interface KeyboardTarget {
  /** A physical key (KeyboardEvent.code). */
  key(code: string, pressed: boolean): void;
  releaseKeys(): void;
}

/** What is used of a KeyboardEvent. */
export interface KeyEvent {
  readonly code: string;
  readonly metaKey: boolean;
  preventDefault(): void;
  stopPropagation(): void;
}

export class KeyboardCapture {
  readonly #target: KeyboardTarget;
  readonly #onChange: (captured: boolean) => void;
  readonly #held = new Set<string>();
  #releaseCodes: readonly string[];
  #captured = false;

  constructor(
    target: KeyboardTarget,
    releaseCodes: readonly string[],
    onChange: (captured: boolean) => void,
  ) {
    this.#target = target;
    this.#releaseCodes = releaseCodes;
    this.#onChange = onChange;
  }

  get captured(): boolean {
    return this.#captured;
  }

  set releaseCodes(codes: readonly string[]) {
    this.#releaseCodes = codes;
  }

  capture(): void {
    if (this.#captured) return;
    this.#captured = true;
    this.#onChange(true);
  }

  /** Also what happens when the focus leaves. */
  release(): void {
    if (!this.#captured) return;
    this.#captured = false;
    this.#held.clear();
    this.#target.releaseKeys();
    this.#onChange(false);
  }

  keyDown(event: KeyEvent): void {
    if (!this.#captured || event.code === '') return;
    event.preventDefault();
    event.stopPropagation();
    this.#held.add(event.code);
    if (this.#releaseCodes.every((code) => this.#held.has(code))) {
      this.release();
      return;
    }
    // A release key of one key is never the guest's; of several, only the last one is kept from it.
    if (this.#releaseCodes.length === 1 && this.#releaseCodes[0] === event.code) return;
    this.#target.key(event.code, true);
  }

  keyUp(event: KeyEvent): void {
    if (!this.#captured || event.code === '') return;
    event.preventDefault();
    event.stopPropagation();
    // macOS tells nothing of the other keys' release while Command is held.
    if (event.code.startsWith('Meta')) {
      for (const code of this.#held) this.#target.key(code, false);
      this.#held.clear();
      return;
    }
    this.#held.delete(event.code);
    this.#target.key(event.code, false);
  }
}
