/**
 * Pulling the plug while files of the root are made, renamed and deleted, each followed by a sync that is reported: e2fsck -p
 * asks no question, and what was reported is there.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { extractRoot } from '../../harness/image-variant.ts';
import { check, succeed } from '../expect.ts';
import { waitForPrompt, type BootGuest } from '../suite.ts';

/** Every third round deletes a file of five rounds ago. */
const workload =
  'i=0; while [ $i -lt 5000 ]; do echo "content of $i" > /root/cut/f$i; mv /root/cut/f$i /root/cut/g$i; ' +
  '[ $((i % 3)) = 0 ] && rm -f /root/cut/g$((i - 5)); sync; echo "ACK:$i:"; i=$((i + 1)); done';
const rounds = { fewest: 20, most: 120 } as const;
const cuts = 3;

function content(root: string, n: number): string {
  return spawnSync('debugfs', ['-R', `cat /root/cut/g${n}`, root], { encoding: 'utf8' }).stdout;
}

/** Rounds up to `last` whose file is not deleted by a round up to the one under way. */
function expectedFiles(last: number): readonly number[] {
  return Array.from({ length: last + 1 }, (_, n) => n).filter((n) => (n + 5) % 3 !== 0 || n + 5 > last + 1);
}

function inspect(image: string, last: number): void {
  const root = `${image}.root`;
  extractRoot(image, root);
  try {
    const repair = spawnSync('e2fsck', ['-p', root], { encoding: 'utf8' });
    check(repair.status === 0 || repair.status === 1, `e2fsck -p: ${repair.stdout}${repair.stderr}`);
    const clean = spawnSync('e2fsck', ['-fn', root], { encoding: 'utf8' });
    check(clean.status === 0, `e2fsck after its repair: ${clean.stdout}`);
    for (const n of expectedFiles(last)) {
      const found = content(root, n);
      check(
        found === `content of ${n}\n`,
        `file ${n} of ${last} acknowledged holds ${JSON.stringify(found)}`,
      );
    }
  } finally {
    rmSync(root);
  }
}

/** The image is cut several times in a row: the kernel itself replays what the cut before left. */
export async function cutTheRoot(boot: BootGuest, image: string): Promise<void> {
  for (let cut = 0; cut < cuts; cut++) {
    const guest = await boot({ image, discardWrites: false });
    await waitForPrompt(guest);
    await succeed(guest, 'rm -rf /root/cut && mkdir /root/cut && sync');
    const round = rounds.fewest + Math.floor(Math.random() * (rounds.most - rounds.fewest));
    guest.console.send(`${workload}\r`);
    await guest.console.waitFor(new RegExp(`ACK:${round}:`));
    await guest.kill();
    const acknowledged = [...guest.console.transcript.matchAll(/ACK:(\d+):/g)].map((match) =>
      Number(match[1]),
    );
    inspect(image, Math.max(...acknowledged));
  }
}
