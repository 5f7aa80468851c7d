// reset: bring a terminal back to a state to work with: settings, modes, character set, screen.

import { BAD, onlyOperands } from '../lib/options';
import { stdout } from '../lib/stream';
import { getTermios, makeSane, setTermiosNow, Termios } from '../lib/terminal';

const HELP = `usage: reset
Bring the terminal back to a sane state.
`;

export function main(): i32 {
  if (onlyOperands(HELP) == BAD) return 1;
  const mode = changetype<Termios>(memory.data(64, 8));
  for (let fd = 0; fd < 3; fd++) {
    if (getTermios(fd, mode) < 0) continue;
    makeSane(mode);
    setTermiosNow(fd, mode);
    break;
  }
  // RIS, then what terminals forget in it: mouse modes, pasting, the alternate screen, the cursor.
  stdout.text('\x1bc\x1b[?1000l\x1b[?1002l\x1b[?1006l\x1b[?2004l\x1b[?1049l\x1b[?25h\x1b[0m\x1b[H\x1b[2J');
  return 0;
}
