/** The table of operations of Unix sockets as files (file.ts fills it): what tells them from other files. */
import { File, FileOps } from '../../fs/file';
import { UnixSocket, unixAt } from './socket';

export const unixOps = changetype<FileOps>(memory.data(offsetof<FileOps>(), 8));

export function isUnix(file: File): bool {
  return file.ops == unixOps;
}

export function unixOf(file: File): UnixSocket {
  return unixAt(file.data);
}
