/**
 * `candor edge`: a worker that takes reports near its clients and hands them on, written out with
 * what its collector tells it.
 */
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { askBundle, askOver } from '../../edge/handing-on.ts'
import { digestOf } from '../../edge/digest.ts'
import { CandorError } from '../../errors.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { collectorAddress } from './collector-address.ts'

interface BuildFlags {
  readonly collector: string
  readonly out: string
  readonly behaviour: readonly string[]
}

/** Beside this file's folder once it is built, as `scripts/build.mjs` leaves it. */
const workerFile = join(
  dirname(dirname(dirname(fileURLToPath(import.meta.url)))),
  'edge',
  'worker',
  'candor-edge.js'
)
const tokenName = 'CANDOR_EDGE_TOKEN'
const tokenLine = new RegExp(`^${tokenName}=([A-Za-z0-9_-]{20,200})$`, 'm')

export function addEdge(program: Command, terminal: Terminal): void {
  program
    .command('edge')
    .description('take reports near their clients, on a platform for workers')
    .command('build')
    .description('write a worker, with contracts and keys as the collector has them now')
    .requiredOption('--collector <url>', 'where the collector takes reports, as the worker sees it')
    .requiredOption('--out <folder>', 'where to; a token that lies there already is kept')
    .option(
      '--behaviour <file>',
      "a product.js of one's own, named by its folder; may be said again",
      (file: string, others: readonly string[]) => [...others, file],
      []
    )
    .addHelpText(
      'after',
      '\nIt prints what `edge_tokens` of the collector must hold, so that the worker is believed ' +
        'about\nthe time of receipt. How it is deployed: docs/guide/edge.md'
    )
    .action((flags: BuildFlags) => build(flags, terminal))
}

async function build(
  { collector, out, behaviour }: BuildFlags,
  { effects, network, folder, out: print }: Terminal
): Promise<void> {
  const { files } = effects
  const url = collectorAddress(collector)
  const collectorAt = { url, token: undefined, ask: askOver(network) }
  const asked = await askBundle(collectorAt, undefined).catch((cause: unknown) => {
    throw unreachable(url, cause)
  })
  // Whoever says that nothing has changed was asked for nothing of before.
  if (asked === undefined) throw unreachable(url)
  const target = resolve(folder, out)
  await files.mkdir(target, { recursive: true })
  const own = new Map<string, string>()
  for (const file of behaviour) {
    const path = resolve(folder, file)
    const name = basename(dirname(path))
    if (!asked.bundle.products.some((product) => product.name === name))
      throw new CandorError(
        'PRODUCT_UNKNOWN',
        `${file} stands in a folder named ${name}, and the collector has no such product.`
      )
    own.set(name, await files.readFile(path, 'utf8'))
  }
  const token = await tokenIn(join(target, '.dev.vars'), effects)
  const written: Record<string, string> = {
    'candor-edge.js': await files.readFile(workerFile, 'utf8'),
    'bundle.json': `${JSON.stringify(asked.bundle)}\n`,
    'index.js': entryOf([...own.keys()], asked.tag),
    'wrangler.jsonc': configurationOf(url),
    '.gitignore': '.dev.vars\n'
  }
  for (const [name, text] of own) {
    await files.mkdir(join(target, 'products'), { recursive: true })
    written[join('products', `${name}.js`)] = text
  }
  let bytes = 0
  for (const [name, text] of Object.entries(written)) {
    await files.writeFile(join(target, name), text)
    if (/\.js(on)?$/.test(name)) bytes += Buffer.byteLength(text)
  }
  await files.writeFile(join(target, '.dev.vars'), `${tokenName}=${token}\n`, { mode: 0o600 })
  print(
    `${out}: ${Math.ceil(bytes / 1_024)} KiB of worker for ${asked.bundle.products.length} ` +
      `products\nedge_tokens: ['${digestOf(token)}']\n`
  )
}

/** Made once: a worker that is built anew is the same edge. */
async function tokenIn(
  path: string,
  { files, random }: Pick<Terminal['effects'], 'files' | 'random'>
): Promise<string> {
  const text = await files.readFile(path, 'utf8').catch(() => '')
  return tokenLine.exec(text)?.[1] ?? random(32).toString('base64url')
}

function entryOf(products: readonly string[], tag: string | undefined): string {
  const imports = products.map(
    (name, index) => `import { product as own${index} } from './products/${name}.js'\n`
  )
  const own = products.map((name, index) => `${JSON.stringify(name)}: own${index}`)
  return (
    "import { createWorker } from './candor-edge.js'\n" +
    "import bundle from './bundle.json'\n" +
    `${imports.join('')}\n` +
    `export default createWorker(bundle, { ${own.join(', ')} }, ${JSON.stringify(tag)})\n`
  )
}

function configurationOf(url: string): string {
  return `// First \`wrangler queues create candor-handovers\`, and the same for candor-lost.
{
  "name": "candor-edge",
  "main": "index.js",
  "compatibility_date": "2026-11-01",
  "vars": { "COLLECTOR": ${JSON.stringify(url)} },
  "queues": {
    "producers": [{ "binding": "HANDOVERS", "queue": "candor-handovers" }],
    "consumers": [
      {
        "queue": "candor-handovers",
        "max_batch_size": 60,
        "max_batch_timeout": 5,
        "max_retries": 100,
        "dead_letter_queue": "candor-lost"
      }
    ]
  },
  "limits": { "cpu_ms": 50 },
  // Cloudflare would log addresses with each request.
  "observability": { "enabled": false }
}
`
}

function unreachable(url: string, cause?: unknown): CandorError {
  return new CandorError(
    'SERVER_UNREACHABLE',
    `No collector answers at ${url}/v1/edge.json: name the address that reports are sent to.`,
    { cause }
  )
}
