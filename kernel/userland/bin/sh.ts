// sh: the command interpreter. The parts are in ../sh; this is its command line. Source: POSIX sh.

import { argument, argumentCount } from '../lib/arguments';
import { byteLength, bytesAre, duplicateBytes } from '../lib/bytes';
import { environmentVector } from '../lib/environment';
import { Errno } from '../lib/errno';
import { close, open, Open } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, mustAllocate } from '../lib/malloc';
import { snprintf } from '../lib/printf';
import { getpid, getppid } from '../lib/process';
import { message, reportUsage, suggestHelp } from '../lib/report';
import { isTerminal, stdout } from '../lib/stream';
import { Sys, syscall } from '../lib/syscall';
import { errorMessage } from '../lib/strerror';
import { startBuiltins } from '../sh/builtins';
import { startDirectory } from '../sh/builtins/files';
import { setLetter, setNamed, setParameters, startGetopts } from '../sh/builtins/options';
import { startCommands } from '../sh/commands';
import { shellMessage } from '../sh/error';
import { moveHigh } from '../sh/execute';
import { startExpansion } from '../sh/expand';
import { loadHistory } from '../sh/history';
import { runTerminal } from '../sh/input';
import { startJobControl } from '../sh/jobs';
import { exitShell } from '../sh/leave';
import { expandPrompt } from '../sh/prompt';
import { runSource } from '../sh/script';
import { popSource, pushFile, pushTerminal, pushText } from '../sh/source';
import {
  lastStatus,
  Leaving,
  Option,
  option,
  setInteractive,
  setLeaving,
  setLineNumber,
  setOption,
  setShellName,
  setShellPid,
} from '../sh/state';
import { startTraps, updateSignals } from '../sh/traps';
import { Flag, importEnvironment, named, setVariable, valueOf } from '../sh/variables';

const HELP = `usage: sh [-abCefhimnuvx] [-o OPTION]... [FILE [ARGUMENT...]]
       sh -c [OPTION]... COMMAND [NAME [ARGUMENT...]]
       sh -s [OPTION]... [ARGUMENT...]
Run commands from a file, from the command line, or from the standard input: with prompts and line editing when that is
a terminal. The builtin 'help' tells more.
  -c  commands are in the next operand     -s  commands are on the standard input
  -i  be interactive                       -l  be a login shell: read /etc/profile and ~/.profile
  -e  end when a command fails             -x  print commands before they run
  -u  a missing variable is an error       -n  read commands without running them
`;

let fromOperand = false;
let fromInput = false;
let login = false;
let asksInteractive = false;

/** Index behind the options, or -1 after a message. */
function readOptions(): i32 {
  let i = 1;
  for (; i < argumentCount(); i++) {
    const word = argument(i);
    const sign = load<u8>(word);
    if ((sign != 0x2d && sign != 0x2b) || !load<u8>(word, 1)) break;
    if (bytesAre(word, '--')) return i + 1;
    if (bytesAre(word, '--help')) {
      stdout.text(HELP).flush();
      exitShell(0);
    }
    const on = sign == 0x2d;
    for (let at = word + 1; load<u8>(at); at++) {
      const letter = load<u8>(at);
      if (letter == 0x63) fromOperand = on;
      else if (letter == 0x6c) login = on;
      else if (letter == 0x69) asksInteractive = on;
      else if (letter == 0x6d) setOption(Option.monitor, on);
      else if (letter == 0x73) fromInput = on;
      else if (letter == 0x6f) {
        const name = argument(++i);
        if (name && setNamed(name, on)) continue;
        shellMessage().text("invalid option -- 'o'").newline();
        return -1;
      } else if (!setLetter(letter, on)) {
        stdout.flush();
        shellName0();
        return badOption(letter);
      }
    }
  }
  // A lone - ends the options.
  if (i < argumentCount() && bytesAre(argument(i), '-')) i++;
  return i;
}

function shellName0(): void {
  setShellName(argument(0) ? argument(0) : literal('sh'));
}

function badOption(letter: u8): i32 {
  message().text("invalid option -- '").byte(letter).text("'").newline();
  suggestHelp();
  return -1;
}

function setNumber(name: string, value: i64): void {
  const text = memory.data(24);
  snprintf(text, 24, '%d', value);
  setVariable(named(name), text);
}

/** What every shell starts with. */
function start(): void {
  setShellPid(getpid());
  shellName0();
  startTraps();
  importEnvironment(environmentVector());
  startExpansion();
  startCommands();
  startBuiltins();
  // IFS from the environment would be a trap for scripts (POSIX sh, ENVIRONMENT VARIABLES).
  setVariable(named('IFS'), literal(' \t\n'));
  named('IFS').flags &= ~Flag.exported;
  startGetopts();
  setNumber('PPID', getppid());
  named('PPID').flags |= Flag.readOnly;
  named('LINENO').flags |= Flag.computed;
  startDirectory();
  if (!valueOf(named('PS1'))) setVariable(named('PS1'), literal(isRoot() ? 'breenix:$PWD# ' : '$ '));
  if (!valueOf(named('PS2'))) setVariable(named('PS2'), literal('> '));
  if (!valueOf(named('PS4'))) setVariable(named('PS4'), literal('+ '));
  if (!valueOf(named('PATH'))) setVariable(named('PATH'), literal('/bin:/usr/bin'));
}

function isRoot(): bool {
  const GETEUID: u64 = 107;
  return syscall(GETEUID) == 0 || syscall(Sys.getuid) == 0;
}

function takeParameters(from: i32): void {
  const values = make<List>();
  for (let i = from; i < argumentCount(); i++) assert(values.append(argument(i)), 'out of memory');
  setParameters(values, 0);
}

export function main(): i32 {
  const zeroth = argument(0);
  login = zeroth != 0 && load<u8>(zeroth) == 0x2d;
  start();
  let next = readOptions();
  if (next < 0) return 2;
  const command = fromOperand ? argument(next) : 0;
  if (fromOperand) {
    if (!command) {
      reportUsage('-c needs a command');
      return 2;
    }
    next++;
    if (next < argumentCount()) setShellName(argument(next++));
  }
  const file = !fromOperand && !fromInput ? argument(next) : 0;
  if (file) {
    setShellName(file);
    next++;
  }
  takeParameters(next);
  const interactive = asksInteractive || (!command && !file && isTerminal(0) && isTerminal(2));
  if (!command && !file) setOption(Option.stdin, true);
  setInteractive(interactive);
  if (interactive) updateSignals();
  if (interactive || option(Option.monitor)) {
    if (!startJobControl() && interactive && isTerminal(0)) {
      shellMessage().text("can't access tty; job control turned off").newline();
    }
  }
  if (login) {
    runProfile(literal('/etc/profile'));
    const home = valueOf(named('HOME'));
    const own = memory.data(512);
    if (home && snprintf(own, 512, '%s/.profile', home) < 512) runProfile(own);
  }
  if (interactive) runEnvironmentFile();
  if (command) {
    const text = mustAllocate(duplicateBytes(command));
    pushText(text, byteLength(text), 1);
    runSource(!interactive);
  } else if (file) runFile(file);
  else if (interactive) {
    loadHistory();
    pushTerminal();
    runTerminal();
  } else {
    pushFile(0, true);
    runSource(false);
  }
  exitShell(lastStatus);
  return 0;
}

/** ENV names a file that an interactive shell reads first (POSIX sh). */
function runEnvironmentFile(): void {
  const value = valueOf(named('ENV'));
  if (value && load<u8>(value)) runProfile(mustAllocate(duplicateBytes(expandPrompt(value))));
}

/** Reads a file when it is there. */
function runProfile(path: usize): void {
  const fd = moveHigh(open(path, Open.readOnly | Open.closeOnExec));
  if (fd < 0) return;
  pushFile(fd, false);
  runSource(false);
  popSource();
  close(fd);
  setLineNumber(1);
  setLeaving(Leaving.nothing, 0);
}

function runFile(path: usize): void {
  const fd = moveHigh(open(path, Open.readOnly | Open.closeOnExec));
  if (fd < 0) {
    shellName0();
    setLineNumber(0);
    shellMessage().text('cannot open ').bytes(path).text(': ').text(errorMessage(fd)).newline();
    exitShell(fd == -Errno.NOENT || fd == -Errno.NOTDIR ? 127 : 126);
  }
  pushFile(fd, false);
  runSource(false);
}
