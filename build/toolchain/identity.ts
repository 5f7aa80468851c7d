/** What a native program depends on besides its sources: the code of the toolchain and the installed compilers. */
import { buildIdentity, programIdentity } from '../cache.ts';
import { findTool } from './clang.ts';

export function toolchainIdentity(): string {
  const code = buildIdentity(['toolchain']);
  return `${code}\n${programIdentity([findTool('clang'), findTool('ld.lld')])}`;
}
