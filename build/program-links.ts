/**
 * Programs that answer to several names: NAME → the program whose file it is. The build makes them links in
 * out/userland/bin, and so on the disk.
 */
export const LINKS: Readonly<Record<string, string>> = {
  chgrp: 'chown',
  fsync: 'sync',
  groups: 'id',
  halt: 'reboot',
  hd: 'hexdump',
  mkfifo: 'mknod',
  pidof: 'pgrep',
  pkill: 'pgrep',
  poweroff: 'reboot',
  realpath: 'readlink',
  whoami: 'id',
};
