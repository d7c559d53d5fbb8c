import { defineConfig } from 'vitest/config';

// `npm run dev` speaks to a running program: PORTAL_API=http://127.0.0.1:1026
const program = process.env.PORTAL_API ?? 'http://127.0.0.1:1026';

export default defineConfig({
  esbuild: { jsx: 'automatic', legalComments: 'none' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy knows no data: fonts or scripts
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: 'index.html', sw: 'src/sw/sw.ts' },
      output: { entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/ngsi-ld', '/health', '/ready', '/metrics', '/version', '/openapi.json', '/admin'].map((path) => [path, program]),
    ),
  },
  test: { include: ['test/**/*.test.ts', 'test/**/*.test.tsx'], reporters: ['dot'] },
});
