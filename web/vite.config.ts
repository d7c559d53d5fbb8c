import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// `npm run dev` speaks to a running program: PORTAL_API=http://127.0.0.1:1026
const program = process.env.PORTAL_API ?? 'http://127.0.0.1:1026';

// The first page of most visitors in few files, which the browser asks for together with the shell and not after it has read the shell.
// Home waits for the start page of the person's role: what those share must not be in its file, or they wait for each other.
const shell = /src\/(app|i18n\/[tT]ext|api\/(caller|client|session|entity|events|live|near|queue|region|search|useAnswer)|ui\/(parts|DemoAccounts|MunicipalityChoice|RoleChoice)|pages\/home\/(Counts|NearMe|OpenData|SearchBox))\b|node_modules\/preact/;
const home = /src\/pages\/home\/(Home|Visitor)\.tsx/;
const preloadHome: Plugin = {
  name: 'preload-home',
  transformIndexHtml: {
    order: 'post',
    handler(_, { bundle }) {
      const chunks = Object.values(bundle ?? {}).flatMap((c) => (c.type === 'chunk' && (c.name === 'home' || c.facadeModuleId?.endsWith('/i18n/ja.json')) ? [c.fileName] : []));
      return chunks.map((file) => ({ tag: 'link', attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` }, injectTo: 'head' }));
    },
  },
};

export default defineConfig({
  plugins: [preloadHome],
  // React's interface in a tenth of its size.
  resolve: { alias: { 'react-dom/client': 'preact/compat/client', 'react-dom': 'preact/compat', 'react/jsx-runtime': 'preact/jsx-runtime', 'react/jsx-dev-runtime': 'preact/jsx-runtime', react: 'preact/compat' } },
  esbuild: { jsx: 'automatic', legalComments: 'none' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy knows no data: fonts or scripts
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: 'index.html', sw: 'src/sw/sw.ts' },
      output: {
        manualChunks: (id) => (id.endsWith('.css') ? undefined : shell.test(id) ? 'shell' : home.test(id) ? 'home' : undefined),
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/ngsi-ld', '/catalog', '/api', '/health', '/ready', '/metrics', '/version', '/openapi.json', '/admin', '/auth', '/oidc', '/trust', '/things', '/automation', '/alarms', '/iot'].map((path) => [path, program]),
    ),
  },
  test: { include: ['test/**/*.test.ts', 'test/**/*.test.tsx'], reporters: ['dot'] },
});
