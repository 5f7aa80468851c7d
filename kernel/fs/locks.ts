/** Locks on files (flock, fcntl). */
import { File } from './file';

/** The file's last reference goes: what it locked is free. */
export function locksReleaseFile(_file: File): void {}
