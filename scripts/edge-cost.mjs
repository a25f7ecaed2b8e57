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
// As deep as test/journey/world/candor-server.ts, which finds the built server by where it lies.
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
