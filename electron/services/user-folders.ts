/**
 * Where Breenix keeps what belongs to the user: the XDG base directories (freedesktop.org specification 0.8),
 * or their counterparts on macOS and Windows. BREENIX_HOME puts everything below one folder instead.
 */
import { homedir } from 'node:os';
import path from 'node:path';

export interface UserFolders {
  /** Machines and their disks. */
  readonly data: string;
  /** Preferences. */
  readonly config: string;
  /** Logs. */
  readonly state: string;
}

export function userFolders(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): UserFolders {
  if (env.BREENIX_HOME !== undefined && env.BREENIX_HOME !== '') {
    const root = path.resolve(env.BREENIX_HOME);
    return { data: root, config: root, state: path.join(root, 'logs') };
  }
  if (platform === 'darwin') {
    const support = path.join(home, 'Library/Application Support/Breenix');
    return { data: support, config: support, state: path.join(home, 'Library/Logs/Breenix') };
  }
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA ?? path.join(home, 'AppData/Local');
    return {
      data: path.join(local, 'Breenix'),
      config: path.join(env.APPDATA ?? path.join(home, 'AppData/Roaming'), 'Breenix'),
      state: path.join(local, 'Breenix/logs'),
    };
  }
  const xdg = (name: string, fallback: string): string => {
    const value = env[name];
    // The specification: a relative path is invalid and is to be ignored.
    const base = value !== undefined && path.isAbsolute(value) ? value : path.join(home, fallback);
    return path.join(base, 'breenix');
  };
  return {
    data: xdg('XDG_DATA_HOME', '.local/share'),
    config: xdg('XDG_CONFIG_HOME', '.config'),
    state: xdg('XDG_STATE_HOME', '.local/state'),
  };
}
