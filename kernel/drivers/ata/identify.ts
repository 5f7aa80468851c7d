/**
 * What IDENTIFY DEVICE says (ATA/ATAPI-6 section 8.15): parsing of the 256 words alone.
 */
import { AtaDrive } from './drive';

const WORDS: u32 = 256;
const MODEL_WORD: u32 = 27;
export const MODEL_BYTES: u32 = 40;

/** Word 47: sectors per interrupt of READ MULTIPLE. */
const MAX_MULTIPLE_WORD: u32 = 47;
const CAPABILITIES_WORD: u32 = 49;
const LBA_SUPPORTED: u32 = 1 << 9;
const LBA28_WORD: u32 = 60;
const COMMANDS_WORD: u32 = 83;
const LBA48_SUPPORTED: u32 = 1 << 10;
const FLUSH_SUPPORTED: u32 = 1 << 12;
/** Bits 15:14 of words 83 are 01 when the word means something. */
const VALID_MASK: u32 = 0xc000;
const VALID: u32 = 0x4000;
const LBA48_WORD: u32 = 100;
const DMA_SUPPORTED: u32 = 1 << 8;
/** Which of words 64 to 70 and 88 mean something. */
const VALIDITY_WORD: u32 = 53;
const ULTRA_VALID: u32 = 1 << 2;
/** Modes that there are in the low byte, the chosen one in the high byte. */
const MULTIWORD_WORD: u32 = 63;
const ULTRA_WORD: u32 = 88;
/** Transfer mode values of SET FEATURES 03h: multiword DMA and Ultra DMA, plus the mode. */
const MULTIWORD_MODE: u32 = 0x20;
const ULTRA_MODE: u32 = 0x40;
/** What a PIIX3 can do on any cable. */
const MAX_ULTRA_MODE: u32 = 2;
/** Word 255: signature and checksum, optional. */
const INTEGRITY_WORD: u32 = 255;
const INTEGRITY_SIGNATURE: u32 = 0xa5;

function word(data: usize, n: u32): u32 {
  return load<u16>(data + n * 2);
}

function checksumHolds(data: usize): bool {
  if ((word(data, INTEGRITY_WORD) & 0xff) != INTEGRITY_SIGNATURE) return true;
  let sum: u8 = 0;
  for (let i: u32 = 0; i < WORDS * 2; i++) sum += load<u8>(data + i);
  return sum == 0;
}

/** Fills the drive's capacity, abilities and model from `data`; false when the drive cannot be used. */
export function identifyParse(data: usize, drive: AtaDrive): bool {
  if (!checksumHolds(data)) return false;
  if (!(word(data, CAPABILITIES_WORD) & LBA_SUPPORTED)) return false;
  const commands = word(data, COMMANDS_WORD);
  const commandsValid = (commands & VALID_MASK) == VALID;
  drive.sectorCount = load<u32>(data + LBA28_WORD * 2);
  drive.lba48 = commandsValid && (commands & LBA48_SUPPORTED) != 0;
  drive.canFlush = commandsValid && (commands & FLUSH_SUPPORTED) != 0;
  if (drive.lba48) {
    const sectors = load<u64>(data + LBA48_WORD * 2);
    if (sectors != 0) drive.sectorCount = sectors & 0xffffffffffff;
  }
  drive.multiple = word(data, MAX_MULTIPLE_WORD) & 0xff;
  readDmaModes(data, drive);
  readModel(data, drive.model);
  return drive.sectorCount != 0;
}

function highestBit(bits: u32): u32 {
  return 31 - clz(bits);
}

function readDmaModes(data: usize, drive: AtaDrive): void {
  const multiword = word(data, MULTIWORD_WORD);
  const ultra = word(data, VALIDITY_WORD) & ULTRA_VALID ? word(data, ULTRA_WORD) : 0;
  drive.dma = (word(data, CAPABILITIES_WORD) & DMA_SUPPORTED) != 0 && ((multiword | ultra) & 0xff) != 0;
  drive.dmaMode = 0;
  if (!drive.dma || ((multiword | ultra) & 0xff00) != 0) return;
  const ultraModes = ultra & ((2 << MAX_ULTRA_MODE) - 1);
  drive.dmaMode =
    ultraModes != 0 ? ULTRA_MODE + highestBit(ultraModes) : MULTIWORD_MODE + highestBit(multiword & 7);
}

/** The model's characters are swapped in each word and padded with blanks. */
function readModel(data: usize, out: usize): void {
  for (let i: u32 = 0; i < MODEL_BYTES; i += 2) {
    const pair = word(data, MODEL_WORD + i / 2);
    store<u8>(out + i, printable(<u8>(pair >> 8)));
    store<u8>(out + i + 1, printable(<u8>pair));
  }
  let length = MODEL_BYTES;
  while (length > 0 && load<u8>(out + length - 1) == 0x20) length--;
  store<u8>(out + length, 0);
}

function printable(byte: u8): u8 {
  return byte >= 0x20 && byte < 0x7f ? byte : 0x20;
}
