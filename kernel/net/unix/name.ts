/**
 * Names of Unix sockets: a sockaddr_un as it was given, shared by the socket, its accepted connections and its messages.
 * Abstract names (first byte 0) are in a table of their own; paths lead to the socket by their inode (Inode.ipc).
 */
import { Inode, inodePut } from '../../fs/inode';
import { EADDRINUSE, ENOMEM } from '../../lib/errno';
import { lockIrqSave, unlockIrqRestore } from '../../lib/spinlock';
import { kfree, kmalloc } from '../../mm/kmalloc';
import { UnixSocket, unixGet, unixIsNull, unixLock } from './socket';

export const AF_UNIX: u16 = 1;
/** sockaddr_un: family, 108 bytes of path. */
export const SOCKADDR_MAX: u32 = 110;
export const FAMILY_SIZE: u32 = 2;

@unmanaged
export class UnixName {
  references: i32;
  /** Of the sockaddr_un, which follows. */
  length: u32;
  /** In the table of abstract names. */
  next: usize;
  socket: UnixSocket;
}

const BUCKETS: u32 = 64;
const table = memory.data(64 * 8, 8);
let lastAutomatic: u32 = 0;

/** The sockaddr_un. */
export function nameBytes(name: UnixName): usize {
  return changetype<usize>(name) + offsetof<UnixName>();
}

/** A copy of the sockaddr_un at `address`, with one reference; null when out of memory. */
export function nameCreate(address: usize, length: u32): UnixName | null {
  const at = kmalloc(offsetof<UnixName>() + length);
  if (at == 0) return null;
  const name = changetype<UnixName>(at);
  name.references = 1;
  name.length = length;
  memory.copy(nameBytes(name), address, length);
  return name;
}

export function nameRetain(name: usize): void {
  if (name != 0) atomic.add<i32>(name + offsetof<UnixName>('references'), 1);
}

/** 0 is allowed. */
export function nameRelease(name: usize): void {
  if (name == 0) return;
  if (atomic.sub<i32>(name + offsetof<UnixName>('references'), 1) == 1) kfree(name);
}

export function isAbstract(address: usize, length: u32): bool {
  return length > FAMILY_SIZE && load<u8>(address, 2) == 0;
}

/** FNV-1a; the type is part of the name. */
function bucketOf(address: usize, length: u32, type: u32): usize {
  let h: u32 = 0x811c9dc5 ^ type;
  for (let i: u32 = 0; i < length; i++) h = (h ^ load<u8>(address + i)) * 0x01000193;
  return table + <usize>(h & (BUCKETS - 1)) * 8;
}

function findLocked(address: usize, length: u32, type: u32): UnixSocket {
  let at = load<usize>(bucketOf(address, length, type));
  for (; at != 0; at = changetype<UnixName>(at).next) {
    const name = changetype<UnixName>(at);
    if (name.socket.type != type || name.length != length) continue;
    if (memory.compare(nameBytes(name), address, length) == 0) return name.socket;
  }
  return changetype<UnixSocket>(<usize>0);
}

/** The socket of an abstract name, with a reference; null when there is none. */
export function nameFind(address: usize, length: u32, type: u32): UnixSocket {
  const flags = lockIrqSave(unixLock());
  const s = findLocked(address, length, type);
  if (!unixIsNull(s)) unixGet(s);
  unlockIrqRestore(unixLock(), flags);
  return s;
}

/** Gives the socket an abstract name: 0, or -EADDRINUSE. Takes over the caller's reference of the name when 0. */
export function nameBind(s: UnixSocket, name: UnixName): i32 {
  const address = nameBytes(name);
  const flags = lockIrqSave(unixLock());
  const taken = !unixIsNull(findLocked(address, name.length, s.type));
  if (!taken) {
    const bucket = bucketOf(address, name.length, s.type);
    name.next = load<usize>(bucket);
    name.socket = s;
    store<usize>(bucket, changetype<usize>(name));
    s.name = changetype<usize>(name);
  }
  unlockIrqRestore(unixLock(), flags);
  return taken ? -EADDRINUSE : 0;
}

/** An abstract name of five digits that nobody has (unix(7), autobind): 0, -EADDRINUSE, -ENOMEM. */
export function nameBindAutomatic(s: UnixSocket): i32 {
  const address = kmalloc(8);
  if (address == 0) return -ENOMEM;
  store<u16>(address, AF_UNIX);
  let error = -EADDRINUSE;
  for (let tries = 0; tries < 4096 && error == -EADDRINUSE; tries++) {
    const number = ++lastAutomatic & 0xfffff;
    for (let i: u32 = 0; i < 5; i++) {
      const digit = (number >> (16 - 4 * i)) & 15;
      store<u8>(address + 3 + i, <u8>(digit < 10 ? 48 + digit : 87 + digit));
    }
    const name = nameCreate(address, 8);
    if (name == null) {
      error = -ENOMEM;
      break;
    }
    error = nameBind(s, name);
    if (error != 0) nameRelease(changetype<usize>(name));
  }
  kfree(address);
  return error;
}

/** The socket goes: nobody finds it any more. */
export function nameUnbind(s: UnixSocket): void {
  const flags = lockIrqSave(unixLock());
  const at = s.name;
  const node = s.node;
  s.name = 0;
  s.node = null;
  if (node != null) {
    if (node.ipc == changetype<usize>(s)) node.ipc = 0;
  } else if (at != 0 && changetype<UnixName>(at).socket == s) {
    const name = changetype<UnixName>(at);
    let link = bucketOf(nameBytes(name), name.length, s.type);
    while (load<usize>(link) != at) link = load<usize>(link) + offsetof<UnixName>('next');
    store<usize>(link, name.next);
  }
  unlockIrqRestore(unixLock(), flags);
  nameRelease(at);
  if (node != null) inodePut(node);
}

/** The socket that is bound to an inode, with a reference; null when there is none. */
export function nodeFind(inode: Inode): UnixSocket {
  const flags = lockIrqSave(unixLock());
  const s = changetype<UnixSocket>(inode.ipc);
  if (!unixIsNull(s)) unixGet(s);
  unlockIrqRestore(unixLock(), flags);
  return s;
}

/** The new node `inode` (a reference, taken over) stands for the socket from now on; so does the name. */
export function nodeBind(s: UnixSocket, name: UnixName, inode: Inode): void {
  const flags = lockIrqSave(unixLock());
  inode.ipc = changetype<usize>(s);
  s.node = inode;
  s.name = changetype<usize>(name);
  unlockIrqRestore(unixLock(), flags);
}
