/** The tests that share one boot, by category; each leaves the guest at its prompt. */
import { PNG } from 'pngjs';
import type { Guest } from '../harness/guest.ts';
import { check, expectRun, succeed } from './expect.ts';
import { prompt, type SharedTest } from './suite.ts';

/** Bright enough to be text on a dark screen. */
const litThreshold = 100;

function litPixels(png: Buffer): number {
  const { data } = PNG.sync.read(png);
  let lit = 0;
  for (let at = 0; at < data.length; at += 4)
    if (Math.max(...data.subarray(at, at + 3)) > litThreshold) lit++;
  return lit;
}

/** Seconds since boot that lead every log line. */
function stamps(log: string): readonly number[] {
  return Array.from(log.matchAll(/^\[\s*(\d+\.\d+)\]/gm), (match) => Number(match[1]));
}

const boot: readonly SharedTest[] = [
  {
    category: 'Boot',
    name: 'runs hello_time directly before init',
    run: ({ console }) => {
      const hello = console.transcript.indexOf('Hello from userspace!');
      const shell = console.transcript.search(prompt);
      check(hello >= 0, 'no "Hello from userspace!" in the boot output');
      check(shell > hello, 'the shell came before hello_time had run');
      return Promise.resolve();
    },
  },
  {
    category: 'Boot',
    name: 'says in the log how long the boot took',
    run: async (guest) => {
      const ms = /boot: prompt after (\d+) ms/.exec(await succeed(guest, 'dmesg'))?.[1];
      check(
        ms !== undefined && Number(ms) > 0 && Number(ms) < 15_000,
        `boot: prompt after ${ms ?? '(no line)'} ms`,
      );
    },
  },
  {
    category: 'Boot',
    name: 'mounts its root and the boot partition',
    run: (guest) =>
      expectRun(guest, 'cat /proc/mounts', 0, /^\/dev\/sda2 \/ ext2 rw[^]*^\/dev\/sda1 \/boot vfat /m),
  },
  {
    category: 'Boot',
    name: 'what the kernel mounts has the options of /etc/fstab',
    run: (guest) =>
      expectRun(
        guest,
        'cat /proc/mounts',
        0,
        /^tmpfs \/dev\/shm tmpfs rw,nosuid,nodev,[^]*^proc \/proc proc rw,nosuid,nodev,noexec,/m,
      ),
  },
  {
    category: 'Boot',
    name: 'who tells who is logged in, as busybox reads it',
    run: (guest) =>
      expectRun(
        guest,
        'who; who -q; busybox who',
        0,
        /^root +ttyS0 +\d{4}-\d\d-\d\d \d\d:\d\d\r?$[^]*^# users=[12]\r?$[^]*^root +ttyS0 /m,
      ),
  },
  {
    category: 'Boot',
    name: 'has init as process 1 and a shell on each console',
    run: async (guest) => {
      const output = await succeed(guest, 'ps -e');
      check(/^\s*1\s.*\binit\b/m.test(output), `no init as process 1:\n${output}`);
      check((output.match(/\bsh\b/g) ?? []).length >= 2, `not two shells:\n${output}`);
    },
  },
];

const logging: readonly SharedTest[] = [
  {
    category: 'Logging',
    name: 'every log line has a time that never goes back',
    run: async (guest) => {
      const log = await succeed(guest, 'dmesg');
      const lines = log.trimEnd().split('\n');
      const times = stamps(log);
      check(
        times.length === lines.length,
        `${lines.length - times.length} of ${lines.length} lines have no time:\n${log}`,
      );
      const back = times.findIndex((time, index) => time < (times[index - 1] ?? 0));
      check(back < 0, `the time goes back at: ${lines[back] ?? ''}`);
    },
  },
  {
    category: 'Logging',
    name: 'early lines were buffered and reached the serial line',
    run: async (guest) => {
      const first = (await succeed(guest, 'dmesg')).split('\n')[0] ?? '';
      check(
        first.length > 0 && guest.console.transcript.includes(first.trim()),
        `not on the serial line: ${first}`,
      );
    },
  },
  {
    category: 'Logging',
    name: 'the screen shows text',
    run: async (guest) => {
      const lit = litPixels(await guest.screenshot());
      check(lit > 500, `only ${lit} lit pixels on the screen`);
    },
  },
  {
    category: 'Logging',
    name: 'a user program can write to the log',
    run: async (guest) => {
      await succeed(guest, 'echo from-a-test > /dev/kmsg');
      check((await succeed(guest, 'dmesg')).includes('from-a-test'), 'the line is not in dmesg');
    },
  },
];

const attempts = 10;

/** Timer interrupts a second, by the guest's clock, while it runs `command`. */
async function timerRate(guest: Guest, command: string): Promise<number> {
  const look = 'grep " 0:" /proc/interrupts; cat /proc/uptime';
  const output = await succeed(guest, `${look}; ${command}; ${look}`);
  const counts = Array.from(output.matchAll(/^\s*0:\s+(\d+)/gm), (match) => Number(match[1]));
  const times = Array.from(output.matchAll(/^(\d+\.\d+) /gm), (match) => Number(match[1]));
  const [from = NaN, to = NaN] = counts;
  const [start = NaN, end = NaN] = times;
  return Math.round((to - from) / (end - start));
}

const timer: readonly SharedTest[] = [
  {
    category: 'Timer',
    name: "the wall clock is the host's",
    run: async (guest) => {
      const before = Date.now() / 1000;
      const seconds = Number(await succeed(guest, 'date +%s'));
      const after = Date.now() / 1000;
      // The clock chip that it was set from counts whole seconds.
      const fits = seconds > before - 3 && seconds < after + 3;
      check(fits, `${seconds} s, on the host between ${before} and ${after}`);
    },
  },
  {
    category: 'Timer',
    name: "sleep takes its time by the host's clock",
    run: async (guest) => {
      const seconds: number[] = [];
      // Other work on the host makes a sleep longer, never shorter: the best of some counts.
      while (seconds.length < attempts && !seconds.some((took) => took < 3)) {
        const started = performance.now();
        await succeed(guest, 'sleep 2');
        seconds.push((performance.now() - started) / 1000);
      }
      check(Math.min(...seconds) >= 1.95 && Math.min(...seconds) < 3, `sleep 2 took ${seconds.join(', ')} s`);
    },
  },
  {
    category: 'Timer',
    name: 'timer interrupts come a thousand times a second while a program runs, and seldom while none does',
    run: async (guest) => {
      // Other work on the host makes one attempt worse, but not all.
      const rates: string[] = [];
      let idleEnough = false;
      let busyEnough = false;
      for (let attempt = 0; attempt < attempts && !(idleEnough && busyEnough); attempt++) {
        const idle = await timerRate(guest, 'sleep 3');
        const busy = await timerRate(guest, 'busybox timeout 2 sh -c "while true; do true; done"');
        rates.push(`${idle} idle, ${busy} busy`);
        check(busy < 1200, `ticks were invented: ${rates.join('; ')}`);
        idleEnough ||= idle < 200;
        busyEnough ||= busy > 500;
      }
      check(idleEnough && busyEnough, `interrupts a second: ${rates.join('; ')}`);
    },
  },
  {
    category: 'Timer',
    name: 'uptime counts',
    run: async (guest) => {
      const read = async (): Promise<number> => Number.parseFloat(await succeed(guest, 'cat /proc/uptime'));
      const started = performance.now();
      const before = await read();
      await succeed(guest, 'sleep 1');
      const later = await read();
      const passed = (performance.now() - started) / 1000;
      const advance = later - before;
      check(advance >= 1 && advance < passed + 0.1, `${advance} s more after ${passed} s`);
    },
  },
];

/** A keyboard keeps 16 bytes for a system that does not come to read them; a key with shift is six. */
const keysAtOnce = 2;

/** Types on the keyboard into the shell on the screen; its output is sent to the serial line. */
async function typeOnScreen(guest: Guest, command: string): Promise<void> {
  const text = `${command} > /dev/ttyS0\n`;
  for (let at = 0; at < text.length; at += keysAtOnce) {
    await guest.typeKeys(text.slice(at, at + keysAtOnce));
    // Whoever answers on the serial line has taken what the keyboard had.
    if (at + keysAtOnce < text.length) await succeed(guest, 'true');
  }
}

const interrupts: readonly SharedTest[] = [
  {
    category: 'Interrupts',
    name: 'the keyboard types into the shell on the screen',
    run: async (guest) => {
      await typeOnScreen(guest, 'echo "KEYS: Abc {123} \\$%^&*() <~>|?"');
      await guest.console.waitFor(/KEYS: Abc \{123\} \$%\^&\*\(\) <~>\|\?/);
      guest.console.send('\r');
    },
  },
  {
    category: 'Interrupts',
    name: 'the keyboard works after programs have ended',
    run: async (guest) => {
      await succeed(guest, 'hello_time; false || hello_time');
      await typeOnScreen(guest, 'echo STILL-HERE');
      await guest.console.waitFor(/STILL-HERE\r?\n/);
      guest.console.send('\r');
    },
  },
  {
    category: 'Interrupts',
    name: 'keyboard and serial interrupts are counted',
    run: async (guest) => {
      const output = await succeed(guest, 'cat /proc/interrupts');
      for (const line of [1, 4, 14]) {
        const count = Number(new RegExp(`^\\s*${line}:\\s+(\\d+)`, 'm').exec(output)?.[1]);
        check(count > 0, `no interrupt on line ${line}:\n${output}`);
      }
    },
  },
  {
    category: 'Interrupts',
    name: 'Ctrl-C ends a running program',
    run: async ({ console }) => {
      await console.waitFor(prompt);
      console.send('sh -c \'echo "RUN"NING; exec sleep 1000\'\r');
      await console.waitFor(/RUNNING/);
      console.send('\x03');
      const { output } = await console.run('echo alive');
      check(output === 'alive\n', `the shell answered: ${output}`);
    },
  },
  {
    category: 'Interrupts',
    name: 'a long burst on the serial line loses nothing',
    run: async (guest) => {
      const word = 'x'.repeat(1000);
      const output = await succeed(guest, `echo ${word}`);
      check(output === `${word}\n`, `of 1000 characters ${output.trim().length} came back`);
    },
  },
];

const memory: readonly SharedTest[] = [
  {
    category: 'Memory',
    name: 'free accounts for all memory',
    run: async (guest) => {
      const output = await succeed(guest, 'cat /proc/meminfo');
      const total = Number(/^MemTotal:\s+(\d+) kB/m.exec(output)?.[1]);
      const free = Number(/^MemFree:\s+(\d+) kB/m.exec(output)?.[1]);
      check(total > 200_000 && total <= 262_144, `MemTotal ${total} kB of 256 MiB`);
      check(free > total / 2 && free < total, `MemFree ${free} kB of ${total} kB`);
      await expectRun(guest, 'free', 0, /Mem/);
    },
  },
  {
    category: 'Memory',
    name: 'vmstat tells what the system did',
    run: async (guest) => {
      const line = (await succeed(guest, 'vmstat')).trimEnd().split('\n').at(-1) ?? '';
      const figures = line.trim().split(/ +/).map(Number);
      check(figures.length === 16 && figures.every((each) => each >= 0), `the figures are ${line}`);
      const [free = 0, readRate = 0, interrupts = 0] = [3, 8, 10].map((column) => figures[column]);
      check(free > 0 && readRate > 0 && interrupts > 0, `nothing was read or came in: ${line}`);
    },
  },
  {
    category: 'Memory',
    name: 'shared memory is made, listed and removed by programs',
    run: async (guest) => {
      const made = await succeed(guest, 'ipcmk -M 8192; ipcmk -Q; ipcmk -S 2');
      const ids = [...made.matchAll(/id: (\d+)/g)].map((match) => match[1]);
      const before = await succeed(guest, 'ipcs -b');
      check(/^m +\d+ 0x[0-9a-f]{8} --rw-r--r-- root +root +8192$/m.test(before), `ipcs prints\n${before}`);
      check(/^s .* --ra-r--r-- root +root +2$/m.test(before), `ipcs prints\n${before}`);
      await succeed(guest, `ipcrm -m ${ids[0]} -q ${ids[1]} -s ${ids[2]}`);
      const after = await succeed(guest, 'ipcs');
      check(!/^[mqs] /m.test(after), `ipcs still prints\n${after}`);
    },
  },
  {
    category: 'Memory',
    name: 'memory of the dead comes back',
    run: async (guest) => {
      const read = async (): Promise<number> =>
        Number(/^MemFree:\s+(\d+) kB/m.exec(await succeed(guest, 'cat /proc/meminfo'))?.[1]);
      const round = async (): Promise<void> => {
        await succeed(guest, 'hello_time; hello_time; hello_time; ls -l /bin /tests');
      };
      // What the first round reads stays in the caches; the second settles them.
      await round();
      await round();
      const before = await read();
      for (let count = 0; count < 10; count++) await round();
      const lost = before - (await read());
      check(lost <= 16, `${lost} kB are gone after 50 programs`);
    },
  },
];

const system: readonly SharedTest[] = [
  {
    category: 'System',
    name: 'five hello_time at once print five hellos',
    run: async (guest) => {
      const output = await succeed(
        guest,
        'hello_time & hello_time & hello_time & hello_time & hello_time & wait',
      );
      const hellos = output.match(/Hello from userspace!/g)?.length ?? 0;
      check(hellos === 5, `${hellos} hellos:\n${output}`);
    },
  },
  {
    category: 'System',
    name: 'ls -l lists the programs',
    run: async (guest) => {
      const output = await succeed(guest, 'ls -l /bin');
      for (const program of ['sh', 'ls', 'cat', 'hello_time', 'counter', 'spinner', 'init']) {
        check(new RegExp(`^-r[w-]x.* ${program}$`, 'm').test(output), `no ${program} in:\n${output}`);
      }
    },
  },
  {
    category: 'System',
    name: 'counter and spinner run to their end',
    run: async (guest) => {
      await expectRun(guest, 'counter', 0, /\d/);
      await succeed(guest, 'spinner');
    },
  },
  {
    category: 'System',
    name: 'exit statuses reach the shell',
    run: async (guest) => {
      await expectRun(guest, 'true', 0, /^$/);
      await expectRun(guest, 'false', 1, /^$/);
      await expectRun(guest, 'exit 42', 42, /^$/);
      await expectRun(guest, 'false || echo yes && echo and', 0, /^yes\nand\n$/);
    },
  },
  {
    category: 'System',
    name: 'a program that does not exist is status 127 with a message',
    run: (guest) => expectRun(guest, 'no-such-program', 127, /sh: \d+: no-such-program: not found/),
  },
  {
    category: 'System',
    name: 'a file that is no program is status 126 with a message',
    run: (guest) => expectRun(guest, '/boot/grub', 126, /\/boot\/grub/),
  },
  {
    category: 'System',
    name: 'a missing file is named with its error',
    run: (guest) =>
      expectRun(guest, 'cat /no/such/file', 1, /cat: \/no\/such\/file: No such file or directory/),
  },
  {
    category: 'System',
    name: 'writing where nothing can be written fails with a message',
    run: (guest) => expectRun(guest, 'echo x > /proc/new', 1, /\/proc\/new/),
  },
  {
    category: 'System',
    name: 'cd and pwd follow the directory tree',
    run: (guest) =>
      expectRun(guest, 'cd /boot/grub && pwd && cd ../.. && pwd && cd /none', 1, /^\/boot\/grub\n\/\n.*none/),
  },
  {
    category: 'System',
    name: 'a divided-by-zero program is killed by SIGFPE and the log names it',
    run: async (guest) => {
      await expectRun(guest, '/tests/divide_by_zero', 0, /TEST_MARKER: \S+ OK/);
      const log = await succeed(guest, 'dmesg');
      check(/killed by SIGFPE: .* at 0x[0-9a-f]+/.test(log), `no such line in:\n${log.slice(-800)}`);
    },
  },
  {
    category: 'System',
    name: 'kill ends a background program',
    run: (guest) => expectRun(guest, 'sleep 1000 & kill $!; wait $!; echo status $?', 0, /status 143/),
  },
  {
    category: 'System',
    name: 'kill of nobody is an error',
    run: (guest) => expectRun(guest, 'kill 99999', 1, /kill: .*99999.*No such process/),
  },
  {
    category: 'System',
    name: 'a C program is compiled and run',
    run: (guest) =>
      expectRun(
        guest,
        'cc /usr/share/examples/hello.c -o /tmp/hello && /tmp/hello',
        0,
        /^Hello from C on Breenix/,
      ),
  },
  {
    category: 'System',
    name: 'programs nobody here wrote run: lua, dash, busybox',
    run: async (guest) => {
      await expectRun(guest, 'lua /usr/share/examples/hello.lua', 0, /^Hello from Lua on Breenix!/);
      await expectRun(guest, "dash -c 'for i in 1 2 3; do echo $((i * i)); done | tail -n 2'", 0, /^4\n9\n$/);
      await expectRun(guest, `printf 'b 2\\na 1\\n' | busybox awk '{ s += $2 } END { print s }'`, 0, /^3\n$/);
    },
  },
  {
    category: 'System',
    name: 'a corrupt program is refused',
    run: (guest) => expectRun(guest, '/boot/breenix.elf', 126, /breenix\.elf: .*[Ee]xec format/),
  },
  {
    category: 'System',
    name: 'line editing: history and cursor keys on the serial line',
    run: async ({ console }) => {
      await console.waitFor(prompt);
      console.send('echo first-line\r');
      await console.waitFor(/\nfirst-line\r?\n/);
      await console.waitFor(prompt);
      console.send('echo tail\x1b[D\x1b[D\x1b[D\x1b[Dhead-\r');
      await console.waitFor(/\nhead-tail\r?\n/);
      await console.waitFor(prompt);
      console.send('\x1b[A\x1b[A\r');
      await console.waitFor(/\nfirst-line\r?\n/);
    },
  },
  {
    category: 'System',
    name: 'uname names the system',
    run: (guest) => expectRun(guest, 'uname -a', 0, /^Breenix .*x86_64/),
  },
];

export const sharedTests: readonly SharedTest[] = [
  ...boot,
  ...logging,
  ...timer,
  ...interrupts,
  ...memory,
  ...system,
];
