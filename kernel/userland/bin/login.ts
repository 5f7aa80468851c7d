// login: check who it is and become that user's shell. Source: login(1).

import { argument } from '../lib/arguments';
import { Buffer, takeBytes } from '../lib/buffer';
import { passwordMatches } from '../lib/crypt';
import { chdir } from '../lib/directory';
import { Errno } from '../lib/errno';
import { access, Access, close, open, Open, read, readFully, writeFully } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { askPassword, becomeUser, loginName, setUserEnvironment, shellOf } from '../lib/login';
import { make } from '../lib/malloc';
import { BAD, END, nextOption, operandCount, operandIndex, optionArgument } from '../lib/options';
import { findUser, User } from '../lib/passwd';
import { printf, snprintf } from '../lib/printf';
import { execSearch, getpid } from '../lib/process';
import { terminalName } from '../lib/processes';
import { message, reportError, reportText, reportUsage } from '../lib/report';
import { fstat, Stat } from '../lib/stat';
import { isTerminal, stdout } from '../lib/stream';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';
import { sleepNs } from '../lib/time';
import { utmpLogin } from '../lib/utmp';

const HELP = `usage: login [-f] [-p] [-C DIR] [NAME]
Log in. Asks for the name and the password, unless there is none.
  -f      NAME is known to be who he says (for root's getty -a)
  -p      keep the environment
  -C DIR  start in DIR instead of the home directory
`;

const SECOND: i64 = 1000000000;
const TRIES: i32 = 3;
const TTY_GROUP: u64 = 5;

export function main(): i32 {
  let known = false;
  let directory: usize = 0;
  for (let option = nextOption('fpC:', HELP); option != END; option = nextOption('fpC:', HELP)) {
    if (option == BAD) return 2;
    if (option == 0x66) known = true;
    else if (option == 0x43) directory = optionArgument();
  }
  if (operandCount() > 1) {
    reportUsage('extra operand');
    return 2;
  }
  if (syscall(Sys.geteuid) != 0) {
    reportText('only root can log somebody in');
    return 1;
  }
  let name = operandCount() ? argument(operandIndex()) : 0;
  for (let i = 0; i < TRIES; i++) {
    if (!name) name = askName();
    if (!name) return 1;
    const user = findUser(name);
    if (isAllowed(user, known)) {
      if (user) return start(user, directory);
    }
    sleepNs(SECOND);
    stdout.text('Login incorrect\n').flush();
    name = 0;
    known = false;
  }
  return 1;
}

function askName(): usize {
  const byte = memory.data(1);
  const name = make<Buffer>();
  stdout.text('login: ').flush();
  while (true) {
    const got = read(0, byte, 1);
    if (got == -Errno.INTR) continue;
    if (got <= 0) return 0;
    if (load<u8>(byte) == 0x0a) break;
    name.byte(load<u8>(byte));
  }
  return takeBytes(name);
}

/** Asks for the password also of users that do not exist: who tries does not learn which do. */
function isAllowed(user: User | null, known: bool): bool {
  if (user && (known || load<u8>(user.password) == 0)) return true;
  const password = askPassword('Password: ');
  if (!user || !password) return false;
  const matches = passwordMatches(password, user.password);
  memory.fill(password, 0, 256);
  return matches;
}

/** The user is in: the terminal is his, the shell starts. */
function start(user: User, directory: usize): i32 {
  syscall(Sys.fchown, 0, user.uid, TTY_GROUP);
  syscall(Sys.fchmod, 0, 0o620);
  const terminal = changetype<Stat>(memory.data(144, 8));
  if (isTerminal(0) && fstat(0, terminal) >= 0) utmpLogin(getpid(), terminalName(terminal.rdev), user.name);
  const error = becomeUser(user);
  if (error < 0) {
    reportError(user.name, error);
    return 1;
  }
  setUserEnvironment(user);
  const home = directory ? directory : user.home;
  const away = chdir(home);
  if (away < 0) {
    chdir(literal('/'));
    if (away != -Errno.NOENT) printf('No directory %s: logging in with /\n', home);
  }
  showMessageOfTheDay(user);
  stdout.flush();
  const shell = shellOf(user);
  const argv = make<List>();
  argv.append(loginName(shell));
  argv.append(0);
  const failed = execSearch(shell, argv.values);
  message().bytes(shell).text(': ').text(errorMessage(failed)).newline();
  return 1;
}

function showMessageOfTheDay(user: User): void {
  const text = memory.data(4096);
  snprintf(text, 4096, '%s/.hushlogin', user.home);
  if (access(text, Access.exists) == 0) return;
  const fd = open(literal('/etc/motd'), Open.readOnly);
  if (fd < 0) return;
  const size = readFully(fd, text, 4096);
  close(fd);
  stdout.flush();
  if (size > 0) writeFully(1, text, <usize>size);
}
