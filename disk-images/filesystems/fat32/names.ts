/**
 * File names: what FAT allows, comparison, and the 8.3 short name that every long name needs.
 * Source: Microsoft, FAT: General Overview of On-Disk Format, version 1.03, "Short Directory Names", "Name Limits
 * and Character Sets" and "Name Generation".
 *
 * Names are compared without regard to case, as every FAT driver does.
 */
import { LOWER_CASE, type ShortEntry } from './directory-entry.ts';
import { FatError } from './error.ts';

const MAXIMUM_UNITS = 255;
const INVALID_LONG = /[\u0000-\u001f"*/:<>?\\|\u007f]/; // eslint-disable-line no-control-regex -- FAT forbids exactly these
const SHORT_CHARACTERS = /^[A-Z0-9!#$%&'()@^_`{}~-]+$/;

/** Throws unless `name` can be a file name. Trailing dots and spaces would be dropped by other systems. */
export function checkName(name: string): void {
  const why =
    name === '' || name === '.' || name === '..'
      ? 'it has no meaning as a file name'
      : name.length > MAXIMUM_UNITS
        ? `it is longer than ${MAXIMUM_UNITS} characters`
        : INVALID_LONG.test(name)
          ? 'a character in it is not allowed'
          : /[. ]$/.test(name) || name.startsWith(' ')
            ? 'it starts with a space or ends with a space or a dot'
            : null;
  if (why !== null) throw new FatError('invalid-name', `'${name}' cannot be a file name: ${why}`);
}

/** Equal for names that mean the same file. */
export function nameKey(name: string): string {
  return name.toUpperCase();
}

function pack(base: string, extension: string): Uint8Array {
  return Uint8Array.from(Buffer.from(base.padEnd(8) + extension.padEnd(3), 'latin1'));
}

/** The short form of a name that is one already (upper case, 8.3), else null. */
export function exactShortName(name: string): Uint8Array | null {
  const dot = name.lastIndexOf('.');
  const base = dot < 0 ? name : name.slice(0, dot);
  const extension = dot < 0 ? '' : name.slice(dot + 1);
  if (base.length < 1 || base.length > 8 || extension.length > 3 || (dot >= 0 && extension === ''))
    return null;
  if (!SHORT_CHARACTERS.test(base) || (extension !== '' && !SHORT_CHARACTERS.test(extension))) return null;
  return pack(base, extension);
}

/** What a short entry shows as its name. */
export function showShortName(entry: ShortEntry): string {
  const text = Buffer.from(entry.shortName).toString('latin1');
  const base = text.slice(0, 8).trimEnd();
  const extension = text.slice(8).trimEnd();
  const shownBase = entry.lowerCase & LOWER_CASE.base ? base.toLowerCase() : base;
  const shownExtension = entry.lowerCase & LOWER_CASE.extension ? extension.toLowerCase() : extension;
  return extension === '' ? shownBase : `${shownBase}.${shownExtension}`;
}

function shortCharacters(text: string): string {
  return Array.from(text.toUpperCase(), (c) => (SHORT_CHARACTERS.test(c) ? c : '_')).join('');
}

/**
 * Makes short names for one directory: NAME~1, NAME~2 and so on. It remembers where each stem stands, so that many
 * names alike do not cost a search each.
 */
export class ShortNames {
  readonly #used = new Set<string>();
  readonly #nextTail = new Map<string, number>();

  static #key(shortName: Uint8Array): string {
    return Buffer.from(shortName).toString('latin1');
  }

  add(shortName: Uint8Array): void {
    this.#used.add(ShortNames.#key(shortName));
  }

  remove(shortName: Uint8Array): void {
    this.#used.delete(ShortNames.#key(shortName));
  }

  has(shortName: Uint8Array): boolean {
    return this.#used.has(ShortNames.#key(shortName));
  }

  /** A name of which only the case is lost needs no tail. */
  generate(name: string): Uint8Array {
    const upperCase = exactShortName(name.toUpperCase());
    if (upperCase !== null && !this.has(upperCase)) return upperCase;
    const trimmed = name.replace(/^\.+/, '').replaceAll(' ', '');
    const dot = trimmed.lastIndexOf('.');
    const base = shortCharacters((dot < 0 ? trimmed : trimmed.slice(0, dot)).replaceAll('.', ''));
    const extension = shortCharacters(dot < 0 ? '' : trimmed.slice(dot + 1)).slice(0, 3);
    const stem = base === '' ? '_' : base;
    const hint = `${stem.slice(0, 6)}.${extension}`;
    for (let n = this.#nextTail.get(hint) ?? 1; ; n++) {
      const tail = `~${n}`;
      const candidate = pack(stem.slice(0, 8 - tail.length) + tail, extension);
      if (this.has(candidate)) continue;
      this.#nextTail.set(hint, n + 1);
      return candidate;
    }
  }
}
