/** No chip is forgotten: what a class of emulator/devices can change is in its `state`, and the board saves it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it, vi, type MockInstance } from 'vitest';
import { createMachine } from '../machine.ts';
import { ScriptedVcpu } from '../scripted-vcpu.ts';
import type { BlockDevice } from '../types.ts';

const DEVICES = path.join(import.meta.dirname, '..', '..', 'devices');
const MIB = 1024 * 1024;

const WIRING = 'made once, with the board';
const DECODED = 'derived again from registers that are saved';
const WITHIN_ONE_ACCESS = 'lives no longer than one access of the guest';
const SCREEN = 'what the host has seen of the screen; a restored machine shows all of it';

/** Fields that a saved machine need not hold, and why. */
const NOT_SAVED: Readonly<Record<string, string>> = {
  'ApicBus.#targets': WIRING,
  'ApicBus.#listeners': WIRING,
  'PciFunction.#resetValues': WIRING,
  'PciFunction.#writable': WIRING,
  'PciFunction.#clearable': WIRING,
  'PciFunction.#bars': WIRING,
  'Piix3Isa.#wires': WIRING,
  'VmwareMouse.commands': WIRING,
  'E1000.#actions': WIRING,
  'VirtioTablet.queueSizes': WIRING,
  'FwCfg.#items': 'what the guest cannot write follows from the configuration; `restore` has the rest',
  'I8042.#named': 'what the log has said',
  'CdTray.#medium': 'the machine compares its media',
  'E1000Eeprom.#words': 'from the network address; nothing writes it',
  'E1000.#mmio': DECODED,
  'E1000.#io': DECODED,
  'VirtioPci.#mapped': DECODED,
  'FlashCfi.#region': DECODED,
  'LocalApic.#region': DECODED,
  'LocalApic.#hardwareEnabled': DECODED,
  'Piix3Ide.#regions': DECODED,
  'Piix3Ide.#busMaster': DECODED,
  'Piix3Ide.#busMasterBase': DECODED,
  'Piix4Pm.#region': DECODED,
  'Piix4Pm.#base': DECODED,
  'StdVga.#claims': DECODED,
  'Speaker.#hertz': DECODED,
  'E1000Transmitter.#burstBytes': WITHIN_ONE_ACCESS,
  'IdeBusMaster.#bounce': WITHIN_ONE_ACCESS,
  'PrdTable.#entries': WITHIN_ONE_ACCESS,
  'PrdTable.#from': WITHIN_ONE_ACCESS,
  'PrdTable.#until': WITHIN_ONE_ACCESS,
  'PrdTable.#next': WITHIN_ONE_ACCESS,
  'PrdTable.#last': WITHIN_ONE_ACCESS,
  'PrdTable.#address': WITHIN_ONE_ACCESS,
  'PrdTable.#rest': WITHIN_ONE_ACCESS,
  'PrdTable.#wanted': WITHIN_ONE_ACCESS,
  'Words.bytes': WITHIN_ONE_ACCESS,
  'StdVga.#drawnGeneration': SCREEN,
  'VgaText.#last': SCREEN,
};

const sources = readdirSync(DEVICES).filter(
  (name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.endsWith('-testing.ts'),
);

/** A table of functions, or an object that forwards to one. */
function isFunction(property: ts.ObjectLiteralElementLike): boolean {
  if (ts.isMethodDeclaration(property)) return true;
  return ts.isPropertyAssignment(property) && ts.isArrowFunction(property.initializer);
}

/** What can change although its field cannot. */
function isContainer(initializer: ts.Expression | undefined): boolean {
  if (initializer === undefined) return false;
  return (
    ts.isArrayLiteralExpression(initializer) ||
    (ts.isObjectLiteralExpression(initializer) && !initializer.properties.some(isFunction)) ||
    (ts.isNewExpression(initializer) && /Array$|Map$|Set$/.test(initializer.expression.getText()))
  );
}

/** Fields that change, and those named in a method that notes fields down, of each class of a file. */
function classesOf(file: string): { name: string; fields: string[]; noted: Set<string> }[] {
  const text = readFileSync(path.join(DEVICES, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return source.statements.filter(ts.isClassDeclaration).map((declaration) => {
    const fields: string[] = [];
    const noted = new Set<string>();
    for (const member of declaration.members) {
      if (ts.isPropertyDeclaration(member)) {
        const kinds = member.modifiers?.map((m) => m.kind) ?? [];
        // A callback is a wire: whoever made the chip connects it.
        const wire = member.initializer !== undefined && ts.isArrowFunction(member.initializer);
        const fixed = kinds.includes(ts.SyntaxKind.ReadonlyKeyword) && !isContainer(member.initializer);
        if (!fixed && !wire) fields.push(member.name.getText());
      } else if (ts.isMethodDeclaration(member) && member.name.getText().toLowerCase().includes('state')) {
        const text = member.getText();
        for (const [name] of text.matchAll(/(?<=this\.)#?\w+/g)) noted.add(name);
        for (const [, names = ''] of text.matchAll(/\{([\s\w,]+)\} = this;/g))
          for (const [name] of names.matchAll(/\w+/g)) noted.add(name);
      }
    }
    return { name: declaration.name?.text ?? file, fields, noted };
  });
}

describe('a saved machine', () => {
  const all = sources.flatMap(classesOf);

  it('holds every field that a chip can change', () => {
    const missing = all.flatMap(({ name, fields, noted }) =>
      fields.map((field) => [`${name}.${field}`, noted.has(field)] as const),
    );
    expect(missing.length).toBeGreaterThan(100);
    expect(missing.filter(([field, is]) => !is && !(field in NOT_SAVED)).map(([field]) => field)).toEqual([]);
    const known = new Set<string>(missing.map(([field]) => field));
    expect(Object.keys(NOT_SAVED).filter((field) => !known.has(field))).toEqual([]);
  });

  it('holds every chip of the board', async () => {
    const spies = new Map<string, MockInstance>();
    for (const file of sources) {
      const module = (await import(path.join(DEVICES, file))) as Readonly<Record<string, unknown>>;
      for (const [name, value] of Object.entries(module)) {
        if (typeof value !== 'function' || value.prototype === undefined) continue;
        const prototype = value.prototype as { state?: () => void };
        if (Object.hasOwn(prototype, 'state')) spies.set(name, vi.spyOn(prototype, 'state'));
      }
    }
    const medium = (sectorSizeBytes: 512 | 2048): BlockDevice => ({
      sectorSizeBytes,
      sectorCount: 64,
      readOnly: true,
      read: (_lba, into) => into.fill(0),
      write: () => undefined,
      flush: () => undefined,
    });
    const flash = new Uint8Array(0x10000).fill(0xff);
    const machine = await createMachine(
      {
        memoryBytes: 16 * MIB,
        firmware: {
          bios: new Uint8Array(256 * 1024),
          vgaBios: new Uint8Array(4096),
          variables: { sizeBytes: flash.length, read: () => flash, write: () => undefined },
        },
        drives: [
          { slot: 'ide0-master', kind: 'disk', medium: medium(512) },
          { slot: 'ide1-master', kind: 'cdrom', medium: medium(2048) },
        ],
        log: () => undefined,
      },
      (ramBytes, host) => Promise.resolve(new ScriptedVcpu(ramBytes, host, () => 'halted')),
    );
    machine.start();
    machine.save(() => undefined);
    machine.dispose();
    const forgotten = [...spies].filter(([, spy]) => spy.mock.calls.length === 0).map(([name]) => name);
    expect(spies.size).toBeGreaterThan(25);
    expect(forgotten).toEqual([]);
  });
});
