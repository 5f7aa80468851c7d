// tar: archives of files. Source: POSIX pax (ustar interchange format), and the options that every tar has.

import { argument, argumentCount, setArgument } from '../lib/arguments';
import { byteLength, bytesAre, copyBytes } from '../lib/bytes';
import { chdir } from '../lib/directory';
import { close, open, Open } from '../lib/file';
import { List } from '../lib/list';
import { literal } from '../lib/literal';
import { make, malloc, mustAllocate } from '../lib/malloc';
import { currentUmask } from '../lib/mode';
import { BAD, END, nextOption, operandIndex, optionArgument, permuteOperands } from '../lib/options';
import { message, reportError, reportUsage } from '../lib/report';
import { Sys, syscall } from '../lib/syscall';
import { archiveFailed, endArchive, nextMember, skipContent, useArchive } from '../tar/archive';
import { Compression, compressionOf, compressionOfName, endFilter, throughFilter } from '../tar/compression';
import { addOperand } from '../tar/create';
import { beginExtract, endExtract, extractFailed, extractMember, listMember } from '../tar/extract';
import { makeMember, Member } from '../tar/header';

const HELP = `usage: tar -c [-vzjJa] [-f ARCHIVE] [-C DIRECTORY] FILE...
       tar -x [-vpzjJ] [-f ARCHIVE] [-C DIRECTORY] [MEMBER...]
       tar -t [-vzjJ] [-f ARCHIVE] [MEMBER...]
Make an archive of files, take files out of one, or list it. Without -f it is the standard output or input.
  -f ARCHIVE  - is the standard output or input    -C DIRECTORY  where the files are, or go
  -v  name the files; with -t as ls -l    -p  keep modes and owners as they are (as root always)
  -z  through gzip    -j  through bzip2    -J  through xz    -a  as the name of the new ARCHIVE says
A compressed archive is recognised when it is read from a file.
`;
const LONG =
  'create=c extract=x get=x list=t verbose=v file=f: directory=C: preserve-permissions=p same-permissions=p no-same-owner=o gzip=z bzip2=j xz=J auto-compress=a';

let action: i32 = 0;
let file: usize = 0;
let directory: usize = 0;
let verbose = false;
let keepModes = false;
let ownOwner = false;
let compression: Compression = Compression.none;
let byName = false;
/** For each of the members that are asked for, whether it was found. */
const wasFound = make<List>();

export function main(): i32 {
  keyAsOption();
  permuteOperands();
  const letters = 'cxtvf:C:pozjJa';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    if (option == BAD) return 2;
    if (option == 0x63 || option == 0x78 || option == 0x74) {
      if (action && action != option) {
        reportUsage('only one of -c, -x and -t can be given');
        return 2;
      }
      action = option;
    } else if (option == 0x76) verbose = true;
    else if (option == 0x66) file = optionArgument();
    else if (option == 0x43) directory = optionArgument();
    else if (option == 0x70) keepModes = true;
    else if (option == 0x6f) ownOwner = true;
    else if (option == 0x7a) compression = Compression.gzip;
    else if (option == 0x6a) compression = Compression.bzip2;
    else if (option == 0x4a) compression = Compression.xz;
    else byName = true;
  }
  if (!action) {
    reportUsage('one of -c, -x and -t is needed');
    return 2;
  }
  if (file && bytesAre(file, '-')) file = 0;
  if (action == 0x63) return create();
  return read();
}

/** `tar cf a.tar b`: the first word are options without their dash. */
function keyAsOption(): void {
  if (argumentCount() < 2) return;
  const word = argument(1);
  if (load<u8>(word) == 0x2d || !load<u8>(word)) return;
  const option = mustAllocate(malloc(byteLength(word) + 2));
  store<u8>(option, 0x2d);
  copyBytes(option + 1, word);
  setArgument(1, option);
}

function enter(): bool {
  if (!directory) return true;
  const error = chdir(directory);
  if (error < 0) reportError(directory, error);
  return error >= 0;
}

function create(): i32 {
  if (operandIndex() >= argumentCount()) {
    reportUsage('no files are named: an empty archive is not made');
    return 2;
  }
  const fd = file ? open(file, Open.writeOnly | Open.create | Open.truncate | Open.closeOnExec) : 1;
  if (fd < 0) {
    reportError(file, fd);
    return 2;
  }
  if (byName && file) compression = compressionOfName(file);
  const out = throughFilter(fd, compression, true);
  if (out < 0) return 2;
  useArchive(out, file ? file : literal('standard output'));
  if (!enter()) return 2;
  let good = true;
  for (let i = operandIndex(); i < argumentCount() && !archiveFailed(); i++) {
    if (!addOperand(argument(i), verbose)) good = false;
  }
  if (!archiveFailed()) endArchive();
  if (!endFilter(out, true)) return 2;
  const error = file && out == fd ? close(fd) : 0;
  if (error < 0) reportError(file, error);
  return archiveFailed() || error < 0 ? 2 : good ? 0 : 1;
}

function read(): i32 {
  const fd = file ? open(file, Open.readOnly | Open.closeOnExec) : 0;
  if (fd < 0) {
    reportError(file, fd);
    return 2;
  }
  const found = compressionOf(fd);
  const input = throughFilter(fd, found == Compression.none ? compression : found, false);
  if (input < 0) return 2;
  useArchive(input, file ? file : literal('standard input'));
  if (!enter()) return 2;
  for (let i = operandIndex(); i < argumentCount(); i++) wasFound.append(0);
  beginExtract((keepModes || syscall(Sys.getuid) == 0) && !ownOwner, currentUmask());
  const member = makeMember();
  while (nextMember(member)) {
    if (!isWanted(member)) {
      if (!skipContent()) break;
    } else if (action == 0x78) extractMember(member, verbose);
    else {
      listMember(member, verbose);
      if (!skipContent()) break;
    }
  }
  endExtract();
  const filtered = endFilter(input, false);
  let status = archiveFailed() || extractFailed() || !filtered ? 2 : 0;
  for (let i = 0; i < wasFound.length; i++) {
    if (wasFound.get(i)) continue;
    message()
      .bytes(argument(operandIndex() + i))
      .text(': not found in the archive')
      .newline();
    status = 2;
  }
  return status;
}

/** Whether the member, or a directory that it is in, was asked for. */
function isWanted(member: Member): bool {
  if (!wasFound.length) return true;
  for (let i = 0; i < wasFound.length; i++) {
    const word = argument(operandIndex() + i);
    let length = byteLength(word);
    while (length > 1 && load<u8>(word + length - 1) == 0x2f) length--;
    if (member.name.length < length || memory.compare(member.name.at, word, length)) continue;
    if (member.name.length > length && load<u8>(member.name.at + length) != 0x2f) continue;
    wasFound.set(i, 1);
    return true;
  }
  return false;
}
