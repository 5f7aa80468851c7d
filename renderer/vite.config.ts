/** How the renderer is bundled: to out/renderer, with relative addresses, for Electron's and today's browsers. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: '../out/renderer',
    emptyOutDir: true,
    target: 'chrome140',
    modulePreload: { polyfill: false },
    // One file of each kind: it comes from this computer, and is one request less to wait for.
    cssCodeSplit: false,
    // Files stay files: the page's policy lets no data: address in but for pictures.
    assetsInlineLimit: 0,
    // xterm.js is most of it; it comes from this computer.
    chunkSizeWarningLimit: 1000,
    // How long a plugin took is nobody's business who starts the app on a busy computer.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
});
