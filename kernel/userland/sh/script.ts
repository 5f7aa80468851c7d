// Running commands that come as text: a whole string, or a script file.
//
// Rules: text that ends in the middle of a command is an error here; input.ts asks for more lines instead.

import { freeBuffer } from '../lib/buffer';
import { Buffer } from '../lib/buffer';
import { duplicateBytes, findByte } from '../lib/bytes';
import { close, open, Open, read } from '../lib/file';
import { freeListDeep, List } from '../lib/list';
import { free, make, mustAllocate } from '../lib/malloc';
import { message } from '../lib/report';
import { freeNode } from './ast';
import { execute } from './execute';
import { complaint, Parse, parseCommand, parsePosition, parseState } from './parser';
import { interrupted, lastStatus, leaving, parameters, setLastStatus, setShellName } from './state';

/** Runs every command in the text; the last status, 2 after a syntax error. */
export function runText(text: usize): i32 {
  let at = text;
  while (load<u8>(at) && !leaving && !interrupted) {
    const node = parseCommand(at);
    at = parsePosition();
    if (parseState() != Parse.done) {
      reportSyntax();
      return 2;
    }
    execute(node);
    freeNode(node);
  }
  return lastStatus;
}

/** After a parse that did not succeed. */
export function reportSyntax(): void {
  const out = message().text('syntax error: ');
  if (parseState() == Parse.wrong) out.text("unexpected '").bytes(complaint()).text("'").newline();
  else out.text('unexpected end of file').newline();
  setLastStatus(2);
}

/** Reads a file into a buffer; 0 or negative errno. */
export function readInto(path: usize, to: Buffer): i32 {
  const fd = open(path, Open.readOnly | Open.closeOnExec);
  if (fd < 0) return fd;
  const chunk = memory.data(4096);
  let got = read(fd, chunk, 4096);
  for (; got > 0; got = read(fd, chunk, 4096)) to.range(chunk, <usize>got);
  close(fd);
  to.range(chunk, 0);
  return got < 0 ? <i32>got : 0;
}

/**
 * What the system would not execute, as a script with the arguments argv[1…]. -1 when the file is no text, or was not
 * named by a path.
 */
export function runScript(path: usize, argv: List): i32 {
  const text = make<Buffer>();
  const readable = findByte(path, 0x2f) != 0 && readInto(path, text) == 0;
  let isText = readable;
  for (let i: usize = 0; isText && i < min<usize>(text.length, 256); i++) {
    if (!load<u8>(text.at + i)) isText = false;
  }
  let status: i32 = -1;
  if (isText) {
    setShellName(mustAllocate(duplicateBytes(path)));
    setParameters(argv, 1);
    status = runText(text.at);
  }
  freeBuffer(text);
  free(changetype<usize>(text));
  return status;
}

/** Makes copies of values[from…] the positional parameters. */
export function setParameters(values: List, from: i32): void {
  const fresh = make<List>();
  for (let i = from; i < values.length; i++) {
    assert(fresh.append(mustAllocate(duplicateBytes(values.get(i)))), 'out of memory');
  }
  freeListDeep(parameters);
  parameters.values = fresh.values;
  parameters.length = fresh.length;
  parameters.capacity = fresh.capacity;
  free(changetype<usize>(fresh));
}
