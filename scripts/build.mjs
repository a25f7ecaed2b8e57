// Compiles every package, builds the dashboard, and puts beside the server what the compiler leaves
// out: contracts, published versions,
// release files, the dashboard.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { dirname, extname, join, relative } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build as bundle } from 'esbuild'
import { writeStandaloneParts } from './standalone-parts.mjs'
import { answerHelp } from './usage.mjs'

answerHelp(
  import.meta.url,
  `npm run build

Compiles every package, builds the dashboard, and puts beside the server what the compiler leaves
out: contracts, published versions, release files, the dashboard.`
)

const root = dirname(dirname(fileURLToPath(import.meta.url)))

export async function build() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const result = spawnSync(
    process.execPath,
    [compiler, '-b', 'values', 'contract', 'sdk', 'sql', 'server', 'postgres', 'examples'],
    {
      cwd: root,
      stdio: 'inherit'
    }
  )
  if (result.status !== 0) process.exit(result.status ?? 1)
  for (const name of ['contract', 'sdk', 'sql', 'server']) copyValues(join(root, name, 'dist'))
  writeStandaloneParts(root)
  await bundleSdk()
  await bundleWorker()
  const products = join(root, 'server', 'src', 'products')
  for (const entry of readdirSync(products, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    for (const asset of ['contract.yaml', 'contracts', 'releases.yaml']) {
      const from = join(products, entry.name, asset)
      const to = join(root, 'server', 'dist', 'products', entry.name, asset)
      // A version that was taken back must not be served by a build that knew it.
      rmSync(to, { recursive: true, force: true })
      if (existsSync(from)) cpSync(from, to, { recursive: true })
    }
  }
  buildDashboard()
}

/**
 * Into each package, which finds it by `imports` in its package.json and can so be installed alone.
 */
function copyValues(dist) {
  const to = join(dist, 'values')
  rmSync(to, { recursive: true, force: true })
  cpSync(join(root, 'values', 'dist'), to, {
    recursive: true,
    filter: (path) => !path.endsWith('.map')
  })
  // `moduleResolution: node` knows no `imports`, and reads nothing but declarations.
  for (const file of readdirSync(dist, { recursive: true }).map(String)) {
    if (!file.endsWith('.d.ts')) continue
    const path = join(dist, file)
    const text = readFileSync(path, 'utf8')
    const up = relative(dirname(path), to).replaceAll('\\', '/')
    const found = text.replaceAll(
      /'#values\/([a-z-]+)'/g,
      `'${up.startsWith('.') ? up : `./${up}`}/$1.js'`
    )
    if (found !== text) writeFileSync(path, found)
  }
}

/** What a program loads only when it is needed: `dist/esm/parts/`. */
const sdkParts = [
  'consent/asking/ask-consent.js',
  'controls/open-controls.js',
  'deliver/open-delivery.js',
  'record/schedule.js',
  'versions/check.js'
]

/**
 * What is published of the SDK: one file that a program loads at its start, and a few that are
 * loaded on demand. Forty small files take
 * five times as long to load. And the same as CommonJS, for a Jest without ES modules and early
 * versions of Node 22, which warn about them.
 */
async function bundleSdk() {
  const compiled = join(root, 'sdk', 'dist')
  const exported = Object.values(
    JSON.parse(readFileSync(join(root, 'sdk', 'package.json'), 'utf8')).exports
  )
  const offered = exported.flatMap((each) => [each, each['candor-removed'] ?? {}])
  const entryPoints = offered.flatMap(({ types }) =>
    types === undefined ? [] : [join(root, 'sdk', types.replace('.d.ts', '.js'))]
  )
  const shared = {
    outbase: compiled,
    bundle: true,
    platform: 'node',
    target: 'node20',
    logLevel: 'warning'
  }
  const esm = join(compiled, 'esm')
  for (const format of ['esm', 'cjs'])
    rmSync(join(compiled, format), { recursive: true, force: true })
  const types = readdirSync(compiled, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.d.ts'))

  await bundle({
    ...shared,
    entryPoints: sdkParts.map((part) => join(compiled, part)),
    format: 'esm',
    splitting: true,
    outdir: join(esm, 'parts')
  })
  for (const entryPoint of entryPoints) {
    const folder = dirname(join(esm, relative(compiled, entryPoint)))
    await bundle({
      ...shared,
      entryPoints: [entryPoint],
      plugins: [loadedFrom(relative(folder, join(esm, 'parts')), compiled)],
      format: 'esm',
      outdir: esm
    })
  }

  // All in one file, since some bundlers carry it along alone; beside either form of what starts
  // it.
  const sender = join(esm, 'telemetry-sender.mjs')
  await bundle({
    ...shared,
    entryPoints: [join(compiled, 'deliver', 'telemetry-sender.js')],
    format: 'esm',
    outfile: sender
  })

  await bundle({
    ...shared,
    entryPoints,
    format: 'cjs',
    outdir: join(compiled, 'cjs'),
    define: { 'import.meta.url': 'ownUrl' },
    banner: {
      js: `'use strict'
const ownUrl =
  typeof __filename === 'string' ? require('node:url').pathToFileURL(__filename).href : ''`
    }
  })
  cpSync(sender, join(compiled, 'cjs', 'telemetry-sender.mjs'))
  for (const file of types) cpSync(join(compiled, file), join(compiled, 'cjs', file))
  writeFileSync(join(compiled, 'cjs', 'package.json'), '{ "type": "commonjs" }\n')
}

/**
 * What a worker runs: one file, which takes from Node what `nodejs_compat` has of it, and from
 * nowhere else anything. `candor edge build` writes it out, with what the collector tells it.
 */
async function bundleWorker() {
  const outfile = join(root, 'server', 'dist', 'edge', 'worker', 'candor-edge.js')
  await bundle({
    entryPoints: [join(root, 'edge', 'src', 'worker.ts')],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    mainFields: ['module', 'main'],
    conditions: ['import', 'worker'],
    external: ['node:*'],
    legalComments: 'none',
    logLevel: 'warning'
  })
}

/**
 * What is imported on demand stays a file of its own: it is loaded from the folder of the parts.
 */
function loadedFrom(parts, compiled) {
  return {
    name: 'parts on demand',
    setup({ onResolve }) {
      onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
        const part = relative(compiled, join(resolveDir, path))
        return kind === 'dynamic-import' && sdkParts.includes(part)
          ? { path: `${parts.startsWith('.') ? '' : './'}${parts}/${part}`, external: true }
          : undefined
      })
    }
  }
}

/** Only when a source of it is newer: Vite takes longer than all compilers together. */
function buildDashboard() {
  const folder = join(root, 'dashboard')
  const built = join(folder, 'dist', 'index.html')
  const copy = join(root, 'server', 'dist', 'dashboard')
  if (!existsSync(built) || newestIn(folder) > statSync(built).mtimeMs) {
    const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
    const result = spawnSync(process.execPath, [vite, 'build', folder, '--logLevel', 'warn'], {
      cwd: folder,
      stdio: 'inherit'
    })
    if (result.status !== 0 && !existsSync(built)) process.exit(result.status ?? 1)
    if (result.status !== 0)
      console.error('The dashboard does not build; the last one that did stays in use.')
  }
  if (
    existsSync(join(copy, 'index.html')) &&
    statSync(join(copy, 'index.html')).mtimeMs >= statSync(built).mtimeMs
  )
    return
  pack(join(folder, 'dist', 'assets'))
  console.log(
    `dashboard: ${firstViewKib(join(folder, 'dist'))} KiB of scripts and styles before the ` +
      'first chart, packed with gzip'
  )
  rmSync(copy, { recursive: true, force: true })
  cpSync(join(folder, 'dist'), copy, { recursive: true })
}

/** Packed once here instead of at each request (server/src/api/site/site.ts). */
function pack(folder) {
  for (const name of readdirSync(folder)) {
    if (!['.js', '.css', '.svg'].includes(extname(name))) continue
    const file = join(folder, name)
    const bytes = readFileSync(file)
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
    writeFileSync(
      `${file}.br`,
      brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
    )
  }
}

/**
 * What a browser loads to show the overview: its page, and all that it needs before it can draw a
 * chart.
 */
function firstViewKib(dist) {
  const manifest = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8'))
  const files = new Set()
  const add = (name) => {
    const { file, css = [], imports = [] } = manifest[name]
    if (files.has(file)) return
    for (const one of [file, ...css]) files.add(one)
    for (const one of imports) add(one)
  }
  add('index.html')
  add('style.css')
  const bytes = [...files].reduce((sum, file) => sum + statSync(join(dist, `${file}.gz`)).size, 0)
  return Math.round(bytes / 1024)
}

/** When the last source of the dashboard was written. */
function newestIn(folder) {
  const times = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    if (entry.name === 'dist' || entry.name === 'node_modules') return 0
    const path = join(folder, entry.name)
    return entry.isDirectory() ? newestIn(path) : statSync(path).mtimeMs
  })
  return Math.max(0, ...times)
}

if (argv[1] === fileURLToPath(import.meta.url)) await build()
