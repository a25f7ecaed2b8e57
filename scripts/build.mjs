// Compiles every package and puts beside the output what the compiler leaves out: contracts, published versions, release files.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

export function build() {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const result = spawnSync(process.execPath, [compiler, '-b', 'contract', 'server'], { cwd: root, stdio: 'inherit' })
  if (result.status !== 0) process.exit(result.status ?? 1)
  const products = join(root, 'server', 'src', 'products')
  for (const entry of readdirSync(products, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue
    for (const asset of ['contract.yaml', 'contracts', 'releases.yaml']) {
      const from = join(products, entry.name, asset)
      if (existsSync(from)) cpSync(from, join(root, 'server', 'dist', 'products', entry.name, asset), { recursive: true })
    }
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) build()
