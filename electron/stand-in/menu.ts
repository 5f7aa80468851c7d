/** Electron's Menu: kept, and found by a test; Chromium draws none. */
interface MenuItem {
  readonly id?: string;
  readonly label?: string;
  readonly role?: string;
  readonly submenu?: readonly MenuItem[];
  readonly click?: () => void;
}

export class Menu {
  static #application: Menu | null = null;
  readonly #items: readonly MenuItem[];

  constructor(items: readonly MenuItem[]) {
    this.#items = items;
  }

  static buildFromTemplate(template: readonly MenuItem[]): Menu {
    return new Menu(template);
  }

  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu;
  }

  static getApplicationMenu(): Menu | null {
    return Menu.#application;
  }

  getMenuItemById(id: string): MenuItem | null {
    const search = (items: readonly MenuItem[]): MenuItem | null => {
      for (const item of items) {
        const found = item.id === id ? item : search(item.submenu ?? []);
        if (found !== null) return found;
      }
      return null;
    };
    return search(this.#items);
  }
}
