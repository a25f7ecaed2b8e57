import { readFileSync } from 'node:fs'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

// Runs before the first paint, so that a dark reader sees no white flash. A file of its own: the
// content security policy allows no inline script.
function colorSchemeFirst(): Plugin {
  const file = new URL('./src/look/color-scheme.js', import.meta.url).pathname
  let reference = ''
  return {
    name: 'color-scheme-first',
    apply: 'build',
    buildStart() {
      reference = this.emitFile({
        type: 'asset',
        name: 'color-scheme.js',
        source: readFileSync(file)
      })
    },
    transformIndexHtml: {
      order: 'post',
      handler: (_html, { bundle }) => {
        const name = Object.values(bundle ?? {}).find(({ fileName }) =>
          /assets\/color-scheme-.*\.js$/.test(fileName)
        )?.fileName
        if (name === undefined) throw new Error(`color-scheme.js was not emitted (${reference})`)
        return [{ tag: 'script', attrs: { src: `/${name}` }, injectTo: 'head-prepend' }]
      }
    }
  }
}

export default defineConfig({
  root: new URL('.', import.meta.url).pathname,
  plugins: [react(), colorSchemeFirst()],
  resolve: {
    alias: [
      {
        find: /^#values\/(.*)$/,
        replacement: `${new URL('../values/src/', import.meta.url).pathname}$1.ts`
      }
    ]
  },
  build: {
    target: 'es2023',
    // Data URIs would need exceptions in the policy; the polyfill is for browsers that can't run
    // the rest either.
    assetsInlineLimit: 0,
    // A page that is opened first would load some twenty small files, five at a time.
    cssCodeSplit: false,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'shared', minShareCount: 2 }]
        }
      }
    },
    modulePreload: { polyfill: false },
    // scripts/build.mjs adds up from it what the first view loads.
    manifest: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700
  },
  server: { proxy: { '/api': 'http://127.0.0.1:4701' } }
})
