/**
 * The shape of a FAT32 volume, from its boot sector: parsing and checking alone, no I/O.
 *
 * Source: Microsoft Extensible Firmware Initiative FAT32 File System Specification 1.03, "Boot Sector and BPB".
 * Sizes that do not fit together are refused here, so that nothing after this needs to doubt them.
 */
import { EINVAL } from '../../lib/errno';

export const BOOT_SECTOR_BYTES: u32 = 512;
/** The first cluster of the data area is number 2. */
export const FIRST_CLUSTER: u32 = 2;
const MAX_CLUSTER_BYTES: u32 = 65536;
const MAX_CLUSTERS: u64 = 0x0ffffff5;
const MAX_FATS: u32 = 4;
const SIGNATURE: u16 = 0xaa55;
/** BPB_ExtFlags: only the FAT of the low four bits is in use. */
const NO_MIRRORING: u32 = 0x80;

/** Offsets in the boot sector. */
export const enum Bpb {
  BytesPerSector = 11,
  SectorsPerCluster = 13,
  ReservedSectors = 14,
  FatCount = 16,
  RootEntries = 17,
  TotalSectors16 = 19,
  FatSectors16 = 22,
  TotalSectors32 = 32,
  FatSectors32 = 36,
  ExtFlags = 40,
  Version = 42,
  RootCluster = 44,
  InfoSector = 48,
  DirtyFlags = 65,
  VolumeId = 67,
  Signature = 510,
}

/** Positions are bytes from the start of the volume. */
@unmanaged
export class FatGeometry {
  sectorBytes: u32;
  clusterBytes: u32;
  /** log2 of clusterBytes. */
  clusterShift: u32;
  /** Clusters of the data area; valid numbers are FIRST_CLUSTER to clusterCount + 1. */
  clusterCount: u32;
  rootCluster: u32;
  volumeId: u32;
  /** Of the FAT in use. */
  fatStart: u64;
  /** Where the FATs that are written begin, how many there are, and the bytes of each. */
  fatsStart: u64;
  fatCount: u32;
  fatBytes: u64;
  /** Of the FSInfo sector; 0: there is none. */
  infoStart: u64;
  dataStart: u64;
}

function isPowerOfTwo(n: u32): bool {
  return n != 0 && (n & (n - 1)) == 0;
}

/** Whether the geometry has such a cluster. */
export function isCluster(g: FatGeometry, cluster: u32): bool {
  return cluster - FIRST_CLUSTER < g.clusterCount;
}

/** Where the cluster's data is; the caller has checked isCluster(). */
export function clusterOffset(g: FatGeometry, cluster: u32): u64 {
  return g.dataStart + ((<u64>(cluster - FIRST_CLUSTER)) << g.clusterShift);
}

/** Fills `g` from the boot sector of a volume of `volumeBytes`; 0 or -EINVAL when it is no sound FAT32 volume. */
export function fatParseBootSector(sector: usize, volumeBytes: u64, g: FatGeometry): i32 {
  if (load<u16>(sector, Bpb.Signature) != SIGNATURE) return -EINVAL;
  const sectorBytes: u32 = load<u16>(sector, Bpb.BytesPerSector);
  const sectorsPerCluster: u32 = load<u8>(sector, Bpb.SectorsPerCluster);
  if (!isPowerOfTwo(sectorBytes) || sectorBytes < 512 || sectorBytes > 4096) return -EINVAL;
  if (!isPowerOfTwo(sectorsPerCluster)) return -EINVAL;
  const clusterBytes = sectorBytes * sectorsPerCluster;
  if (clusterBytes > MAX_CLUSTER_BYTES) return -EINVAL;
  // What tells FAT32 from FAT12 and FAT16: no fixed root directory, a 32-bit FAT size only.
  if (load<u16>(sector, Bpb.RootEntries) != 0 || load<u16>(sector, Bpb.FatSectors16) != 0) return -EINVAL;
  if (load<u16>(sector, Bpb.Version) != 0) return -EINVAL;
  const reserved: u64 = load<u16>(sector, Bpb.ReservedSectors);
  const fatCount: u32 = load<u8>(sector, Bpb.FatCount);
  const fatSectors: u64 = load<u32>(sector, Bpb.FatSectors32);
  // The specification wants the 32-bit field; mkfs.vfat fills the other one for small volumes.
  const wide: u64 = load<u32>(sector, Bpb.TotalSectors32);
  const totalSectors: u64 = wide != 0 ? wide : <u64>load<u16>(sector, Bpb.TotalSectors16);
  if (reserved == 0 || fatCount == 0 || fatCount > MAX_FATS || fatSectors == 0) return -EINVAL;
  if (totalSectors * sectorBytes > volumeBytes) return -EINVAL;
  const dataSector = reserved + fatCount * fatSectors;
  if (dataSector >= totalSectors) return -EINVAL;
  const clusterCount = (totalSectors - dataSector) / sectorsPerCluster;
  if (clusterCount == 0 || clusterCount > MAX_CLUSTERS) return -EINVAL;
  if ((fatSectors * sectorBytes) / 4 < clusterCount + FIRST_CLUSTER) return -EINVAL;
  const extFlags: u32 = load<u16>(sector, Bpb.ExtFlags);
  const activeFat = extFlags & NO_MIRRORING ? extFlags & 0x0f : 0;
  if (activeFat >= fatCount) return -EINVAL;
  g.sectorBytes = sectorBytes;
  g.clusterBytes = clusterBytes;
  g.clusterShift = ctz(clusterBytes);
  g.clusterCount = <u32>clusterCount;
  g.rootCluster = load<u32>(sector, Bpb.RootCluster);
  g.volumeId = load<u32>(sector, Bpb.VolumeId);
  g.fatStart = (reserved + activeFat * fatSectors) * sectorBytes;
  g.fatBytes = fatSectors * sectorBytes;
  // Without mirroring only the FAT in use is written.
  g.fatsStart = extFlags & NO_MIRRORING ? g.fatStart : reserved * sectorBytes;
  g.fatCount = extFlags & NO_MIRRORING ? 1 : fatCount;
  const info: u64 = load<u16>(sector, Bpb.InfoSector);
  g.infoStart = info != 0 && info < reserved ? info * sectorBytes : 0;
  g.dataStart = dataSector * sectorBytes;
  return isCluster(g, g.rootCluster) ? 0 : -EINVAL;
}
