/** A CD that Debian's grub-mkrescue makes of its own files and a menu: it boots by BIOS and by UEFI. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** UEFI's own console is on the serial line already. */
const GRUB_MENU = `set timeout=-1
if [ "$grub_platform" = pc ]; then
  serial --unit=0 --speed=115200
  terminal_input --append serial
  terminal_output --append serial
fi
menuentry 'A first entry' { true }
menuentry 'Switch off' { halt }
`;

/** Makes the CD in `folder`. Packages: grub-pc-bin, grub-efi-amd64-bin, grub-common, xorriso, mtools. */
export function makeGrubCd(folder: string): string {
  const root = path.join(folder, 'root');
  mkdirSync(path.join(root, 'boot/grub'), { recursive: true });
  writeFileSync(path.join(root, 'boot/grub/grub.cfg'), GRUB_MENU);
  const cd = path.join(folder, 'grub.iso');
  const { status, stderr } = spawnSync('grub-mkrescue', ['-o', cd, root], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`grub-mkrescue failed: ${stderr}`);
  return cd;
}
