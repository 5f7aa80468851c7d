/**
 * A file system of the kernel, mounted on a disk in this process's memory: paths and bytes for the tests, the fixture's
 * functions behind them. Every write and flush can be recorded, for playing a power cut at any moment.
 */
import type { KernelModule } from '../compile.ts';
import { instantiateKernel, standardDoubles } from '../compile.ts';

export const diskDoubles: Readonly<Record<string, string>> = {
  ...standardDoubles,
  'mm/page-cache.ts': 'testing/doubles/file-pages.ts',
  'mm/writeback.ts': 'testing/doubles/writeback.ts',
  'mm/layout.ts': 'testing/doubles/layout.ts',
  'fs/paged-file.ts': 'testing/doubles/paged-file.ts',
  'sched/thread.ts': 'testing/doubles/thread.ts',
};

export const diskEntries: readonly string[] = [
  'testing/disk/disk.fixture.ts',
  'testing/disk/file-system.fixture.ts',
  'mm/kmalloc.ts',
  'sched/clock.ts',
  'proc/credentials.ts',
  'block/buffer-cache.ts',
];

export type DiskEvent =
  { readonly kind: 'write'; readonly lba: number; readonly data: Uint8Array } | { readonly kind: 'flush' };

export class KernelError extends Error {
  readonly errno: number;

  constructor(errno: number, what: string) {
    super(`${what}: errno ${errno}`);
    this.errno = errno;
  }
}

export interface MountOptions {
  readonly type: string;
  readonly flags?: number;
  readonly options?: string;
}

const encoder = new TextEncoder();

export class MountedVolume {
  readonly kernel: KernelModule;
  readonly disk: Uint8Array;
  readonly events: DiskEvent[] = [];
  recording = false;
  /** Errors of the medium: sectors that answer EIO. */
  readonly badSectors = new Set<number>();
  readonly log: string[] = [];
  root = 0;
  #buffer = 0;

  private constructor(kernel: KernelModule, disk: Uint8Array) {
    this.kernel = kernel;
    this.disk = disk;
  }

  /** `register` is the exported function that makes the type known. */
  static async mount(
    wasm: Uint8Array<ArrayBuffer>,
    register: string,
    disk: Uint8Array,
    options: MountOptions,
  ): Promise<MountedVolume> {
    let volume: MountedVolume | undefined;
    const bad = (lba: number, count: number): boolean => {
      for (let i = 0; i < count; i++) if (volume?.badSectors.has(lba + i)) return true;
      return false;
    };
    const kernel: KernelModule = await instantiateKernel(wasm, {
      'disk.fixture': {
        hostRead: (lba: bigint, count: number, to: number): number => {
          if (bad(Number(lba), count)) return -5;
          kernel.bytes(to, count * 512).set(disk.subarray(Number(lba) * 512, (Number(lba) + count) * 512));
          return 0;
        },
        hostWrite: (lba: bigint, count: number, from: number): number => {
          if (bad(Number(lba), count)) return -5;
          const data = kernel.bytes(from, count * 512);
          disk.set(data, Number(lba) * 512);
          if (volume?.recording) volume.events.push({ kind: 'write', lba: Number(lba), data: data.slice() });
          return 0;
        },
        hostFlush: (): number => {
          if (volume?.recording) volume.events.push({ kind: 'flush' });
          return 0;
        },
      },
      log: { text: (at: number, length: number) => void volume?.log.push(kernel.text(at, length)) },
      'wait-queue': {
        sleep: () => {
          throw new Error('the kernel sleeps for ever');
        },
      },
    });
    volume = new MountedVolume(kernel, disk);
    kernel.fn('setRealtime')(1_700_000_000_123_456_789n);
    kernel.fn(register)();
    const device = kernel.fn('makeDisk')(disk.length / 512);
    const root = kernel.fn('fxMount')(
      device,
      kernel.putString(options.type),
      options.flags ?? 0,
      kernel.putString(options.options ?? ''),
    );
    volume.root = volume.#check(root, 'mount');
    volume.#buffer = kernel.put(new Uint8Array(1 << 20));
    return volume;
  }

  #check(value: number, what: string): number {
    if (value < 0) throw new KernelError(-value, `${what} (${this.log.slice(-3).join('; ')})`);
    return value;
  }

  #named<T>(name: string | Uint8Array, use: (at: number, length: number) => T): T {
    const bytes = typeof name === 'string' ? encoder.encode(name) : name;
    const at = this.kernel.put(bytes);
    try {
      return use(at, bytes.length);
    } finally {
      this.kernel.fn('kfree')(at);
    }
  }

  /** The inode at `path`, with a reference. */
  open(path: string): number {
    let inode = this.root;
    this.kernel.fn('fxGet')(inode);
    for (const part of path.split('/').filter((name) => name !== '')) {
      const next = this.#named(part, (at, n) => this.kernel.fn('fxLookup')(inode, at, n));
      this.put(inode);
      inode = this.#check(next, path);
    }
    return inode;
  }

  put(inode: number): void {
    this.kernel.fn('fxPut')(inode);
  }

  with<T>(path: string, use: (inode: number) => T): T {
    const inode = this.open(path);
    try {
      return use(inode);
    } finally {
      this.put(inode);
    }
  }

  #in<T>(path: string, use: (dir: number, at: number, length: number) => T): T {
    const slash = path.lastIndexOf('/');
    return this.with(path.slice(0, Math.max(slash, 0)), (dir) =>
      this.#named(path.slice(slash + 1), (at, n) => use(dir, at, n)),
    );
  }

  exists(path: string): boolean {
    try {
      this.with(path, () => undefined);
      return true;
    } catch (error) {
      if (error instanceof KernelError && error.errno === 2) return false;
      throw error;
    }
  }

  /** Makes a file and gives its inode with a reference. */
  create(path: string, mode = 0o100644, rdev = 0): number {
    return this.#check(
      this.#in(path, (dir, at, n) => this.kernel.fn('fxCreate')(dir, at, n, mode, BigInt(rdev))),
      path,
    );
  }

  temporary(path: string): number {
    return this.#check(
      this.with(path, (dir) => this.kernel.fn('fxTemporary')(dir, 0o100600)),
      path,
    );
  }

  mkdir(path: string): void {
    this.put(this.create(path, 0o040755));
  }

  symlink(path: string, target: string): void {
    const inode = this.#in(path, (dir, at, n) =>
      this.#named(target, (to, m) => this.kernel.fn('fxSymlink')(dir, at, n, to, m)),
    );
    this.put(this.#check(inode, path));
  }

  readLink(path: string): string {
    const n = this.with(path, (inode) => this.kernel.fn('fxReadLink')(inode, this.#buffer, 4096));
    return this.kernel.text(this.#buffer, this.#check(n, path));
  }

  link(from: string, to: string): void {
    const error = this.with(from, (inode) =>
      this.#in(to, (dir, at, n) => this.kernel.fn('fxLink')(inode, dir, at, n)),
    );
    this.#check(error, to);
  }

  unlink(path: string): void {
    this.#check(
      this.#in(path, (dir, at, n) => this.kernel.fn('fxUnlink')(dir, at, n)),
      path,
    );
  }

  rename(from: string, to: string): void {
    const error = this.#in(from, (a, aAt, aN) =>
      this.#in(to, (b, bAt, bN) => this.kernel.fn('fxRename')(a, aAt, aN, b, bAt, bN)),
    );
    this.#check(error, `${from} to ${to}`);
  }

  exchange(from: string, to: string): void {
    const error = this.#in(from, (a, aAt, aN) =>
      this.#in(to, (b, bAt, bN) => this.kernel.fn('fxExchange')(a, aAt, aN, b, bAt, bN)),
    );
    this.#check(error, `${from} with ${to}`);
  }

  write(inode: number, offset: number, data: Uint8Array): void {
    for (let at = 0; at < data.length; at += 1 << 20) {
      const piece = data.subarray(at, at + (1 << 20));
      this.kernel.bytes(this.#buffer, piece.length).set(piece);
      this.#check(this.kernel.fn('fxWrite')(inode, BigInt(offset + at), this.#buffer, piece.length), 'write');
    }
  }

  read(inode: number, offset: number, length: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let done = 0; done < length;) {
      const wanted = Math.min(length - done, 1 << 20);
      const n = this.#check(
        this.kernel.fn('fxRead')(inode, BigInt(offset + done), this.#buffer, wanted),
        'read',
      );
      parts.push(this.kernel.bytes(this.#buffer, n).slice());
      if (n < wanted) break;
      done += n;
    }
    return Buffer.concat(parts);
  }

  writeFile(path: string, data: Uint8Array | string): void {
    const inode = this.exists(path) ? this.open(path) : this.create(path);
    try {
      this.setSize(inode, 0);
      this.write(inode, 0, typeof data === 'string' ? encoder.encode(data) : data);
    } finally {
      this.put(inode);
    }
  }

  readFile(path: string): Uint8Array {
    return this.with(path, (inode) => this.read(inode, 0, this.stat(inode).size));
  }

  setSize(inode: number, size: number): void {
    this.#check(this.kernel.fn('fxSetSize')(inode, BigInt(size)), 'truncate');
  }

  fsync(inode: number, dataOnly = false): void {
    this.#check(this.kernel.fn('fxFsync')(inode, dataOnly ? 1 : 0), 'fsync');
  }

  sync(): void {
    this.#check(this.kernel.fn('fxSync')(), 'sync');
  }

  remount(flags: number): void {
    this.#check(this.kernel.fn('fxRemount')(flags), 'remount');
  }

  stat(inode: number): {
    number: number;
    size: number;
    blocks: number;
    mode: number;
    links: number;
    uid: number;
    device: number;
  } {
    const field = (n: number): number => Number(this.kernel.fn64('fxStat')(inode, n));
    return {
      number: field(0),
      size: field(1),
      blocks: field(2),
      mode: field(3),
      links: field(4),
      uid: field(5),
      device: field(6),
    };
  }

  statfs(): {
    blockSize: number;
    blocks: number;
    free: number;
    available: number;
    files: number;
    filesFree: number;
  } {
    const field = (n: number): number => Number(this.kernel.fn64('fxStatfs')(n));
    return {
      blockSize: field(0),
      blocks: field(1),
      free: field(2),
      available: field(3),
      files: field(4),
      filesFree: field(5),
    };
  }

  /** Names in the directory, without the dots, by calls with room for `size` bytes. */
  list(path: string, size = 4096): string[] {
    const names: string[] = [];
    this.with(path, (dir) => {
      const next = this.kernel.put(new Uint8Array(8));
      let offset = 2n;
      for (;;) {
        const used = this.#check(
          this.kernel.fn('fxReadDirectory')(dir, offset, this.#buffer, size, next),
          path,
        );
        if (used === 0) break;
        for (
          let at = this.#buffer;
          at < this.#buffer + used;
          at += this.kernel.view().getUint16(at + 16, true)
        )
          names.push(this.kernel.cString(at + 19));
        offset = this.kernel.view().getBigUint64(next, true);
      }
      this.kernel.fn('kfree')(next);
    });
    return names;
  }

  /** Lets go of the root and unmounts. */
  unmount(): void {
    this.put(this.root);
    this.kernel.fn('fxUnmount')();
  }
}
