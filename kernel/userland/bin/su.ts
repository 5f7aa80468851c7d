// su: run a shell or a command as another user. Source: su(1).

import { argument, argumentCount } from '../lib/arguments';
import { bytesAre } from '../lib/bytes';
import { passwordMatches } from '../lib/crypt';
import { chdir } from '../lib/directory';
import { setEnvironmentVariable } from '../lib/environment';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { askPassword, becomeUser, loginName, setUserEnvironment, shellOf } from '../lib/login';
import { make } from '../lib/malloc';
import { BAD, END, nextOption, operandIndex, optionArgument } from '../lib/options';
import { findUser } from '../lib/passwd';
import { execSearch } from '../lib/process';
import { message, reportError, reportText, reportWord } from '../lib/report';
import { errorMessage } from '../lib/strerror';
import { Sys, syscall } from '../lib/syscall';
import { sleepNs } from '../lib/time';

const HELP = `usage: su [-l] [-c COMMAND] [-s SHELL] [-] [USER [ARGUMENT...]]
Become USER (root), after asking for the password.
  -, -l       as a login: home directory and environment of USER
  -c COMMAND  run COMMAND with the shell
  -s SHELL    use SHELL instead of the user's
`;

const SECOND: i64 = 1000000000;

export function main(): i32 {
  let login = false;
  let command: usize = 0;
  let shell: usize = 0;
  for (let option = nextOption('lc:s:', HELP); option != END; option = nextOption('lc:s:', HELP)) {
    if (option == BAD) return 1;
    if (option == 0x63) command = optionArgument();
    else if (option == 0x73) shell = optionArgument();
    else login = true;
  }
  let next = operandIndex();
  if (next < argumentCount() && bytesAre(argument(next), '-')) {
    login = true;
    next++;
  }
  const name = next < argumentCount() ? argument(next++) : literal('root');
  const user = findUser(name);
  if (!user) {
    reportWord('no such user', name);
    return 1;
  }
  if (syscall(Sys.getuid) != 0 && load<u8>(user.password) != 0) {
    const password = askPassword('Password: ');
    if (!password || !passwordMatches(password, user.password)) {
      sleepNs(SECOND);
      reportText('authentication failure');
      return 1;
    }
  }
  const error = becomeUser(user);
  if (error < 0) {
    reportError(name, error);
    return 1;
  }
  if (!shell) shell = shellOf(user);
  if (login) {
    setUserEnvironment(user);
    if (chdir(user.home) < 0) chdir(literal('/'));
  } else {
    setEnvironmentVariable(literal('HOME'), user.home);
    setEnvironmentVariable(literal('SHELL'), shell);
    if (user.uid != 0) {
      setEnvironmentVariable(literal('USER'), user.name);
      setEnvironmentVariable(literal('LOGNAME'), user.name);
    }
  }
  const argv = make<List>();
  argv.append(login ? loginName(shell) : shell);
  if (command) {
    argv.append(literal('-c'));
    argv.append(command);
  }
  for (; next < argumentCount(); next++) argv.append(argument(next));
  argv.append(0);
  const failed = execSearch(shell, argv.values);
  message().bytes(shell).text(': ').text(errorMessage(failed)).newline();
  return 126;
}
