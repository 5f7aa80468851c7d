/**
 * The DSDT: what is on the board, for a system that reads ACPI.
 *
 * - PCI root with its windows, the ISA devices at their fixed addresses, processor, HPET, soft off (S5).
 * - PCI interrupts: through four link devices to the 8259, or, once the system has said by _PIC that it uses
 *   the I/O APIC, to its inputs 16 to 19.
 * Source: ACPI specification 1.0b, chapters 5 and 6; PIIX3 data sheet, "PIRQ route control".
 */
import {
  and,
  arg,
  byteField,
  createDwordField,
  device,
  eisaId,
  elseThen,
  ifThen,
  integer,
  method,
  name,
  operationRegion,
  or,
  packageOf,
  path,
  REGION,
  returnValue,
  scope,
  store,
  string,
  type Aml,
} from './aml.ts';
import {
  busNumbers,
  dma,
  io,
  ioWindow,
  isaIrq,
  memory,
  memoryWindow,
  pciIrqs,
  resourceTemplate,
} from './resources.ts';

const LINKS = ['LNKA', 'LNKB', 'LNKC', 'LNKD'] as const;
const PIRQ_FIELDS = ['PRQ0', 'PRQ1', 'PRQ2', 'PRQ3'] as const;
/** Interrupts that firmware gives to PCI. */
const LINK_IRQS = [5, 10, 11] as const;
const PCI_SLOTS = 32;
const HPET_REGISTER_BYTES = 0x400;
const ISA_BRIDGE = 0x00010000;
const PRESENT_AND_WORKING = 0x0b;
const PRESENT_ENABLED = 0x0f;

export interface DsdtOptions {
  /** Start of the PCI memory window below 4 GiB. */
  readonly pciHoleStart: number;
  readonly pvpanicPort: number;
  /** The I/O APIC's input of PIRQA; the others follow. */
  readonly firstPciInput: number;
  readonly hpetAddress: number;
}

export function dsdt(options: DsdtOptions): Aml {
  return [
    ...name('PICF', integer(0)),
    ...method('_PIC', 1, 'reentrant', store(arg(0), path('PICF'))),
    ...scope(
      '\\_SB',
      device('CPU0', name('_HID', string('ACPI0007')), name('_UID', integer(0))),
      hpet(options),
      pciRoot(options),
      ...LINKS.map((link, i) => linkDevice(link, i)),
    ),
    ...name('\\_S5', packageOf(integer(0), integer(0), integer(0), integer(0))),
  ];
}

function hpet({ hpetAddress }: DsdtOptions): Aml {
  return device(
    'HPET',
    name('_HID', eisaId('PNP0103')),
    name('_UID', integer(0)),
    name('_CRS', resourceTemplate(memory(hpetAddress, HPET_REGISTER_BYTES))),
  );
}

function pciRoot(options: DsdtOptions): Aml {
  return device(
    'PCI0',
    name('_HID', eisaId('PNP0A03')),
    name('_UID', integer(0)),
    name(
      '_CRS',
      resourceTemplate(
        busNumbers(0, 0xff),
        io(0xcf8, 8),
        ioWindow(0x0000, 0x0cf7),
        ioWindow(0x0d00, 0xffff),
        memoryWindow(0x000a0000, 0x000bffff, true),
        memoryWindow(options.pciHoleStart, 0xfebfffff, false),
      ),
    ),
    name(
      'PRTP',
      routing((wire) => [path(`\\_SB.${LINKS[wire]}`), integer(0)]),
    ),
    name(
      'PRTA',
      routing((wire) => [integer(0), integer(options.firstPciInput + wire)]),
    ),
    method(
      '_PRT',
      0,
      'reentrant',
      ifThen(path('PICF'), returnValue(path('PRTA'))),
      elseThen(returnValue(path('PRTP'))),
    ),
    device(
      'ISA',
      name('_ADR', integer(ISA_BRIDGE)),
      operationRegion('P40C', REGION.pciConfig, 0x60, 4),
      byteField('P40C', ['PRQ0', 8], ['PRQ1', 8], ['PRQ2', 8], ['PRQ3', 8]),
      ...isaDevices(options),
    ),
  );
}

/** Slot s, pin p is wired to PIRQ (s + p - 1) mod 4, as on the boards of the time. */
function routing(source: (wire: 0 | 1 | 2 | 3) => readonly [Aml, Aml]): Aml {
  const rows: Aml[] = [];
  for (let slot = 0; slot < PCI_SLOTS; slot++) {
    for (let pin = 0; pin < 4; pin++) {
      const wire = ((slot + pin + 3) & 3) as 0 | 1 | 2 | 3;
      rows.push(packageOf(integer(slot * 0x10000 + 0xffff), integer(pin), ...source(wire)));
    }
  }
  return packageOf(...rows);
}

function linkDevice(link: string, index: number): Aml {
  const field = path(`\\_SB.PCI0.ISA.${PIRQ_FIELDS[index as 0 | 1 | 2 | 3]}`);
  return device(
    link,
    name('_HID', eisaId('PNP0C0F')),
    name('_UID', integer(index + 1)),
    name('_PRS', resourceTemplate(pciIrqs(...LINK_IRQS))),
    method(
      '_STA',
      0,
      'reentrant',
      ifThen(and(field, integer(0x80)), returnValue(integer(0x09))),
      elseThen(returnValue(integer(PRESENT_AND_WORKING))),
    ),
    method('_DIS', 0, 'reentrant', or(field, integer(0x80), field)),
    method(
      '_CRS',
      0,
      'serialized',
      name('BUF0', resourceTemplate(pciIrqs(0))),
      createDwordField(path('BUF0'), integer(5), 'IRQ0'),
      ifThen(and(field, integer(0x80)), store(integer(0), path('IRQ0'))),
      elseThen(store(and(field, integer(0x0f)), path('IRQ0'))),
      returnValue(path('BUF0')),
    ),
    method('_SRS', 1, 'serialized', createDwordField(arg(0), integer(5), 'IRQ0'), store(path('IRQ0'), field)),
  );
}

function isaDevice(deviceName: string, hid: Aml, ...terms: Aml[]): Aml {
  return device(deviceName, name('_HID', hid), ...terms);
}

function isaDevices(options: DsdtOptions): Aml[] {
  const crs = (...resources: Parameters<typeof resourceTemplate>): Aml =>
    name('_CRS', resourceTemplate(...resources));
  return [
    isaDevice('PIC', eisaId('PNP0000'), crs(io(0x20, 2), io(0xa0, 2), io(0x4d0, 2), isaIrq(2))),
    isaDevice('TIMR', eisaId('PNP0100'), crs(io(0x40, 4), isaIrq(0))),
    isaDevice('DMAC', eisaId('PNP0200'), crs(io(0x00, 16), io(0x81, 15), io(0xc0, 32), dma(4))),
    isaDevice('SPKR', eisaId('PNP0800'), crs(io(0x61, 1))),
    isaDevice('RTC', eisaId('PNP0B00'), crs(io(0x70, 2), isaIrq(8))),
    isaDevice('KBD', eisaId('PNP0303'), crs(io(0x60, 1), io(0x64, 1), isaIrq(1))),
    isaDevice('MOU', eisaId('PNP0F13'), crs(isaIrq(12))),
    isaDevice('COM1', eisaId('PNP0501'), name('_UID', integer(1)), crs(io(0x3f8, 8), isaIrq(4))),
    isaDevice('COM2', eisaId('PNP0501'), name('_UID', integer(2)), crs(io(0x2f8, 8), isaIrq(3))),
    isaDevice('FPU', eisaId('PNP0C04'), crs(io(0xf0, 16), isaIrq(13))),
    isaDevice(
      'PEVT',
      string('QEMU0001'),
      crs(io(options.pvpanicPort, 1)),
      name('_STA', integer(PRESENT_ENABLED)),
    ),
    isaDevice('FWCF', string('QEMU0002'), crs(io(0x510, 12)), name('_STA', integer(PRESENT_AND_WORKING))),
  ];
}
