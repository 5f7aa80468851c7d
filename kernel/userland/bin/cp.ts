// cp: copy files. Source: POSIX cp.

import { argument } from '../lib/arguments';
import { Copy, copyTree } from '../lib/copy-tree';
import { bytesStartWith, findByte } from '../lib/bytes';
import { BAD, END, nextOption, operandIndex, optionArgument, permuteOperands } from '../lib/options';
import { free } from '../lib/malloc';
import { message } from '../lib/report';
import { chooseTarget, targetOf } from '../lib/target';
import { WalkFlag } from '../lib/walk';

const HELP = `usage: cp [-fipruv] SOURCE DESTINATION
       cp -R [-H|-L|-P] [-fipuv] SOURCE... DIRECTORY
       cp [...] -t DIRECTORY SOURCE...
Copy files.
  -R, -r  directories and what is in them    -p  keep mode, owner and times
  -a      as -RPp, links among the files too   -d  as -P, and those links
  -H, -L, -P  follow symbolic links that are operands, all, none
  -f  remove a destination that cannot be opened    -i  ask before overwriting
  -n  never overwrite       -u  only over what is older    -v  say what is copied
  -l  link instead          -s  symbolic links instead     -x  stay on the file system
  -T  DESTINATION is no directory to copy into
  --remove-destination  --preserve[=mode,ownership,timestamps,links,all]  --no-preserve=...
`;
const LONG =
  'archive=a force=f interactive=i link=l dereference=L no-dereference=P no-clobber=n recursive=R symbolic-link=s target-directory=t: no-target-directory=T update=u verbose=v one-file-system=x preserve=k? no-preserve=K: remove-destination=D';

export function main(): i32 {
  permuteOperands();
  let flags: u32 = 0;
  let follow: u32 = 0;
  let followSet = false;
  let oneFileSystem: u32 = 0;
  let target: usize = 0;
  let plain = false;
  const letters = 'adfiHLPRlnprst:Tuvx';
  for (
    let option = nextOption(letters, HELP, LONG);
    option != END;
    option = nextOption(letters, HELP, LONG)
  ) {
    switch (option) {
      case BAD:
        return 1;
      case 0x61: // a
        flags |= Copy.recursive | Copy.everything;
        follow = 0;
        followSet = true;
        break;
      case 0x64: // d
        flags |= Copy.links;
        follow = 0;
        followSet = true;
        break;
      case 0x66:
        flags |= Copy.force;
        break;
      case 0x69:
        flags = (flags & ~Copy.noClobber) | Copy.interactive;
        break;
      case 0x6e:
        flags = (flags & ~Copy.interactive) | Copy.noClobber;
        break;
      case 0x48: // H
      case 0x4c: // L
      case 0x50: // P
        follow = option == 0x48 ? WalkFlag.followOperand : option == 0x4c ? WalkFlag.followAll : 0;
        followSet = true;
        break;
      case 0x52:
      case 0x72:
        flags |= Copy.recursive;
        break;
      case 0x6c:
        flags |= Copy.hardLinks;
        break;
      case 0x73:
        flags |= Copy.symbolicLinks;
        break;
      case 0x70:
        flags |= Copy.mode | Copy.owner | Copy.times;
        break;
      case 0x6b:
        flags |= attributes(optionArgument());
        break;
      case 0x4b:
        flags &= ~attributes(optionArgument());
        break;
      case 0x44:
        flags |= Copy.removeDestination;
        break;
      case 0x74:
        target = optionArgument();
        break;
      case 0x54:
        plain = true;
        break;
      case 0x75:
        flags |= Copy.update;
        break;
      case 0x76:
        flags |= Copy.verbose;
        break;
      default:
        oneFileSystem = WalkFlag.oneFileSystem;
    }
  }
  // Without -R links are followed; with it POSIX leaves the default open, and everyone copies them.
  if (!followSet) follow = flags & Copy.recursive ? 0 : WalkFlag.followAll;
  const sources = chooseTarget(target, plain, false);
  if (sources < 0) return 1;
  let status = 0;
  for (let i = 0; i < sources; i++) {
    const source = argument(operandIndex() + i);
    const destination = targetOf(source);
    status |= copyTree(source, destination, flags, follow | oneFileSystem);
    free(destination);
  }
  return status;
}

/** The flags of a list such as `mode,timestamps`; all that -p keeps without one. */
function attributes(list: usize): u32 {
  if (!list) return Copy.mode | Copy.owner | Copy.times;
  let result: u32 = 0;
  for (let at = list; at; at++) {
    if (bytesStartWith(at, 'all')) result |= Copy.everything;
    else if (bytesStartWith(at, 'mode')) result |= Copy.mode;
    else if (bytesStartWith(at, 'ownership')) result |= Copy.owner;
    else if (bytesStartWith(at, 'timestamps')) result |= Copy.times;
    else if (bytesStartWith(at, 'links')) result |= Copy.links;
    else if (!bytesStartWith(at, 'context') && !bytesStartWith(at, 'xattr')) {
      message().text("unknown attribute '").bytes(at).text("'").newline();
    }
    at = findByte(at, 0x2c);
    if (!at) break;
  }
  return result;
}
