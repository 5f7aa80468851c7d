/** The page as a person sees it: by names and roles, never by classes. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { HANG_MS, until } from './running-app.ts';

export class MachinePage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  get library(): Locator {
    return this.page.getByRole('navigation', { name: 'Machines' });
  }

  get screen(): Locator {
    return this.page.getByRole('application', { name: /^Screen of/ });
  }

  get captureState(): Locator {
    return this.page.locator('#capture-state');
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: typeof name === 'string' });
  }

  get bigStart(): Locator {
    return this.button('Start').last();
  }

  /** Of a machine that is saved. */
  get bigResume(): Locator {
    return this.button('Resume').last();
  }

  /** Saves the machine from its menu. */
  async saveAndSwitchOff(): Promise<void> {
    await this.choose(/^Power off/, 'Save and switch off');
    await this.waitForState('Saved');
  }

  async start(): Promise<void> {
    await this.bigStart.click();
    await this.waitForState('Running');
  }

  async waitForState(word: string, timeout = HANG_MS): Promise<void> {
    await this.library.getByText(word, { exact: true }).waitFor({ timeout });
  }

  async openTab(name: 'Screen' | 'Serial' | 'Settings'): Promise<void> {
    await this.page.getByRole('tab', { name }).click();
  }

  async choose(menu: string | RegExp, item: string | RegExp): Promise<void> {
    await this.button(menu).click();
    await this.page.getByRole('menuitem', { name: item }).click();
  }

  async cutPower(): Promise<void> {
    await this.choose(/^Power off/, /^Cut the power/);
    await this.button('Cut the power').click();
    await this.waitForState('Off');
  }

  /** The visible lines of the serial terminal. */
  async serialText(): Promise<string> {
    const rows = await this.page.locator('.xterm-rows > div').allTextContents();
    return rows.map((row) => row.trimEnd()).join('\n');
  }

  async waitForSerial(wanted: string | RegExp, timeoutMs = HANG_MS): Promise<string> {
    const found = (text: string): boolean =>
      typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
    let last = '';
    try {
      return await until(
        `${String(wanted)} on the serial terminal`,
        async () => {
          last = await this.serialText();
          return found(last) ? last : null;
        },
        timeoutMs,
      );
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : ''}; it shows:\n${last}`, { cause: error });
    }
  }

  async typeOnSerial(text: string): Promise<void> {
    await this.page.getByRole('textbox', { name: 'Serial terminal input' }).focus();
    await this.page.keyboard.type(text);
  }

  /** How many pixels of the screen are not black. */
  async litPixels(): Promise<number> {
    return await this.screen.locator('canvas').evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
      let lit = 0;
      for (let at = 0; data !== undefined && at < data.length; at += 4) {
        if ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0) > 0) lit += 1;
      }
      return lit;
    });
  }
}

/** What the command line of a scripted machine's process has in it, by the form of the app. */
export const vmProgram = { browser: 'scripted-vm-process', shell: 'vm-process.mjs' } as const;

/** Linux: the processes whose parent is `pid` and whose command line has `part` in it. */
export function childProcesses(pid: number, part: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => {
      try {
        const stat = readFileSync(`/proc/${child}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        return parent === pid && readFileSync(`/proc/${child}/cmdline`, 'utf8').includes(part);
      } catch {
        return false; // it ended meanwhile
      }
    });
}

export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}
