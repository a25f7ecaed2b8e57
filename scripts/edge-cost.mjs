// What a request costs at an edge: processor time of Cloudflare's runtime over a thousand of them.
// It bundles test/journey/world/edge/cost.ts and runs it.
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { answerHelp } from './usage.mjs'

answerHelp(
  import.meta.url,
  `npm run edge-cost

Prints the processor time that a request takes at an edge, as JSON lines: of a worker's first
request, and of the next thousand of three kinds. On Linux, with the built server; half a minute.`
)

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// As deep as the file that it is made of: by that it finds the built server.
const outfile = join(root, 'node_modules', '.cache', 'edge-cost', 'cost.mjs')
await build({
  entryPoints: [join(root, 'test', 'journey', 'world', 'edge', 'cost.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  logLevel: 'error'
})
await import(pathToFileURL(outfile).href)
