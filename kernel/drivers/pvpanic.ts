/**
 * Tells the machine's monitor that the kernel has panicked (QEMU docs/specs/pvpanic): the port is where the board's file
 * etc/pvpanic-port says.
 */
import { inb, outb } from '../arch/x86_64/ports';
import { FwCfgFile, fwCfgFind, fwCfgRead } from './fw-cfg';

const PORT_FILE_BYTES: u32 = 2;
/** PVPANIC_PANICKED: both an event that the device can know and the one to report. */
const PANICKED: u8 = 1;

const file = changetype<FwCfgFile>(memory.data(offsetof<FwCfgFile>(), 8));
const portBuffer = memory.data(8, 8);
let port: u16 = 0;

/** The last thing that a panic does. */
export function pvpanicNotify(): void {
  if (port != 0) outb(port, PANICKED);
}

/** Early: needs ports alone. */
export function pvpanicInit(): void {
  if (!fwCfgFind('etc/pvpanic-port', file) || file.sizeBytes < PORT_FILE_BYTES) return;
  fwCfgRead(file, portBuffer, PORT_FILE_BYTES);
  port = load<u16>(portBuffer);
  if (port != 0 && (inb(port) & PANICKED) == 0) port = 0;
}
