import { makeScriptedApp } from './tests/app/support/scripted-app.ts';
import { MachinePage } from './tests/app/support/machine-page.ts';
const s = await makeScriptedApp('shell'); const a = await s.start(); const ui = new MachinePage(a.page);
a.page.on('console', m => console.log('page:', m.text()));
try { await ui.waitForState('Off');
await a.page.evaluate(() => { const { port1, port2 } = new MessageChannel(); port2.addEventListener('close', () => console.log('port2 closed')); port2.start(); setTimeout(() => port1.close(), 100); });
await ui.start(); await ui.openTab('Serial'); await ui.waitForSerial('ready'); await ui.cutPower(); await ui.openTab('Screen'); await ui.start(); await ui.openTab('Serial'); await a.page.waitForTimeout(3000); console.log((await ui.serialText()).trim()); } catch (e) { console.log(String(e)); }
console.log(a.output());
await a.stop(); s.remove();
