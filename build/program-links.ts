/**
 * Programs that answer to several names: NAME → the program whose file it is. The build makes them links in
 * out/userland/bin, and so on the disk.
 */
export const LINKS: Readonly<Record<string, string>> = {
  '[': 'test',
  chgrp: 'chown',
  fsync: 'sync',
  groups: 'id',
  halt: 'reboot',
  hd: 'hexdump',
  ipcmk: 'ipcs',
  ipcrm: 'ipcs',
  mkfifo: 'mknod',
  pidof: 'pgrep',
  pkill: 'pgrep',
  poweroff: 'reboot',
  realpath: 'readlink',
  sha1sum: 'md5sum',
  sha224sum: 'md5sum',
  sha256sum: 'md5sum',
  sha384sum: 'md5sum',
  sha512sum: 'md5sum',
  sum: 'cksum',
  unexpand: 'expand',
  whoami: 'id',
};
