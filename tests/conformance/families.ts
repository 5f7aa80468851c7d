/** The families of the instruction table as the random tests group them. */
import { FAMILIES } from '../../emulator/cpu/table/families.ts';
import { OPEN, REQUIRED } from './exclusions.ts';
import { usableForms, type Mode } from './generator.ts';
import { nativeFeatures } from './native.ts';
import { parseRow, type Form } from './syntax.ts';

const MODES: readonly Mode[] = ['64-bit', 'compatibility'];

export interface Group {
  readonly name: string;
  readonly family: string;
  readonly mode: Mode;
  readonly forms: readonly Form[];
}

function isOpen(form: Form): boolean {
  return form.mnemonic in OPEN;
}

/** One group a family and mode that has anything a user process can run; `open` keeps what exclusions.ts calls OPEN. */
export function groups(open: boolean): Group[] {
  const features = nativeFeatures();
  const isKnown = ({ mnemonic }: Form): boolean => {
    const feature = REQUIRED[mnemonic];
    return feature === undefined || features.has(feature);
  };
  return MODES.flatMap((mode) =>
    FAMILIES.map((family) => ({
      name: `${family.name}, ${mode}`,
      family: family.name,
      mode,
      forms: usableForms(
        family.rows.map((row) => parseRow(family.name, row)),
        mode,
      ).filter((form) => isKnown(form) && (open || !isOpen(form))),
    })),
  ).filter((group) => group.forms.length > 0);
}
