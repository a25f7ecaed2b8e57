// Does the built SDK work in every kind of host? Imported, required, bundled; with this Node and
// with others: `node scripts/sdk-hosts.mjs 22 24`.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { rollup } from 'rollup'
import { answerHelp } from './usage.mjs'

answerHelp(
  import.meta.url,
  `node scripts/sdk-hosts.mjs [VERSION…]

Does the built SDK work in every kind of host? It is imported, required and bundled, with this Node
and with each VERSION, which is installed from the package registry, into a folder that is
thrown away.`
)

const root = dirname(dirname(fileURLToPath(import.meta.url)))

const contract = {
  candor: 1,
  product: 'demo',
  title: 'Demo',
  purpose: 'To try hosts.',
  digest: `sha256:${'1'.repeat(64)}`,
  terms: `sha256:${'2'.repeat(64)}`,
  consent: { default: 'opt-in', levels: [{ name: 'all', says: 'All.' }], graceHours: 24 },
  identity: { kind: 'persistent', says: 'a random id' },
  environment: ['runtime'],
  presence: [],
  recipients: [],
  retention: { recordsDays: 90, aggregatesDays: 761 },
  records: {
    started: {
      kind: 'event',
      when: 'It starts.',
      level: 'all',
      fields: { n: { says: 'n', type: { is: 'integer', min: 0, max: 9 } } }
    }
  },
  controls: [],
  never: []
}

/** Records, looks at the bytes, sends them, says what became of it. */
const program = `
async function main() {
  const telemetry = createTelemetry({ contract, version: '1.0.0', endpoint: process.argv[2] })
  telemetry.record('started', { n: 7 })
  const { bodies } = await telemetry.controls.preview()
  const delivery = await telemetry.flush()
  await telemetry.close()
  console.log(JSON.stringify({ bodies, delivery, is: (await telemetry.controls.status()).state }))
}
main()
`

/** Writes one program per kind of host below `folder`, and returns their names and files. */
async function writeHosts(folder) {
  const place = join(folder, 'node_modules', '@candor', 'sdk')
  mkdirSync(place, { recursive: true })
  // What a registry would hand out, and no file more.
  const packed = spawnSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    { cwd: join(root, 'sdk'), encoding: 'utf8' }
  )
  const [{ filename }] = JSON.parse(packed.stdout)
  const unpacked = spawnSync('tar', [
    '-xzf',
    join(folder, filename),
    '-C',
    place,
    '--strip-components=1'
  ])
  if (unpacked.status !== 0) throw new Error(`${filename} could not be unpacked`)
  const embedded = `const contract = ${JSON.stringify(contract)}\n${program}`
  const imported = join(folder, 'imported.mjs')
  const required = join(folder, 'required.cjs')
  writeFileSync(imported, `import { createTelemetry } from '@candor/sdk'\n${embedded}`)
  writeFileSync(required, `const { createTelemetry } = require('@candor/sdk')\n${embedded}`)
  const minified = {
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'error'
  }
  await build({
    ...minified,
    entryPoints: [imported],
    format: 'esm',
    outfile: join(folder, 'esbuild.mjs')
  })
  await build({
    ...minified,
    entryPoints: [imported],
    format: 'esm',
    splitting: true,
    outdir: join(folder, 'split'),
    outExtension: { '.js': '.mjs' }
  })
  await build({
    ...minified,
    entryPoints: [required],
    format: 'cjs',
    keepNames: true,
    outfile: join(folder, 'esbuild.cjs')
  })
  const sdk = join(place, 'dist', 'esm', 'index.js')
  const bundle = await rollup({
    input: imported,
    external: /^node:/,
    plugins: [{ name: 'sdk', resolveId: (id) => (id === '@candor/sdk' ? sdk : null) }]
  })
  await bundle.write({
    dir: join(folder, 'rollup'),
    format: 'esm',
    entryFileNames: 'main.mjs',
    chunkFileNames: '[name].mjs'
  })
  await bundle.close()
  return [
    ['import', imported],
    ['require', required],
    ['esbuild, ES module', join(folder, 'esbuild.mjs')],
    ['esbuild, split', join(folder, 'split', 'imported.mjs')],
    ['esbuild, CommonJS', join(folder, 'esbuild.cjs')],
    ['rollup', join(folder, 'rollup', 'main.mjs')]
  ]
}

/**
 * Runs every host with each of these Nodes. Returns a line for each that is wrong, and how many
 * were tried.
 */
export async function tryHosts(nodes = [process.execPath]) {
  const folder = mkdtempSync(join(tmpdir(), 'candor-hosts-'))
  const received = []
  const collector = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    received.push(body)
    response.setHeader('Content-Type', 'application/json')
    response.end('{"accepted":1,"dropped":[],"next":{"afterSeconds":86400}}')
  })
  try {
    collector.listen(0, '127.0.0.1')
    await once(collector, 'listening')
    const url = `http://127.0.0.1:${collector.address().port}`
    const hosts = await writeHosts(folder)
    const wrong = []
    for (const node of nodes)
      for (const [name, file] of hosts) {
        const home = mkdtempSync(join(folder, 'home-'))
        const child = spawn(node, [file, url], {
          env: { HOME: home, DEMO_TELEMETRY: 'on' },
          stdio: ['ignore', 'pipe', 'pipe']
        })
        let [out, err] = ['', '']
        child.stdout.on('data', (chunk) => (out += chunk))
        child.stderr.on('data', (chunk) => (err += chunk))
        const [code] = await once(child, 'close')
        const sent = received.splice(0)
        const said = code === 0 && err === '' ? JSON.parse(out) : undefined
        const isRight =
          said?.is === 'on' &&
          said.delivery.is === 'sent' &&
          sent.length === 1 &&
          said.bodies[0] === sent[0] &&
          JSON.parse(sent[0]).runs[0].records[0].fields.n === 7
        if (!isRight)
          wrong.push(`${node}, ${name}: exit ${code}, ${sent.length} bodies, ${err}${out}`)
      }
    return { wrong, tried: nodes.length * hosts.length }
  } finally {
    collector.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Another Node, from the package registry, into a folder that is thrown away. */
function installNode(folder, version) {
  const place = join(folder, version)
  mkdirSync(place, { recursive: true })
  writeFileSync(join(place, 'package.json'), '{ "private": true }')
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const result = spawnSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${version}`],
    {
      cwd: place,
      encoding: 'utf8'
    }
  )
  if (result.status !== 0)
    throw new Error(`${name}@${version} can't be installed: ${result.stderr}`)
  const { bin } = JSON.parse(
    readFileSync(join(place, 'node_modules', name, 'package.json'), 'utf8')
  )
  return join(place, 'node_modules', name, typeof bin === 'string' ? bin : bin.node)
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'candor-nodes-'))
  try {
    const nodes = [
      process.execPath,
      ...argv.slice(2).map((version) => installNode(folder, version))
    ]
    const { wrong, tried } = await tryHosts(nodes)
    console.log(
      [
        ...wrong,
        `${tried - wrong.length} of ${tried} hosts work, with ${nodes.length} versions of Node`
      ].join('\n')
    )
    process.exitCode = wrong.length === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
