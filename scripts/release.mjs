// Makes all that a release consists of, and publishes nothing: `node scripts/release.mjs --tag
// v0.1.0 --out release` writes a tarball of each package, the bill of materials, digests and notes.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { values } = parseArgs({
  options: {
    tag: { type: 'string' },
    out: { type: 'string', default: 'release' },
    unreleased: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false }
  }
})
if (values.help) {
  console.log(`node scripts/release.mjs --tag v0.1.0 [--out release] [--unreleased]

Writes into --out: a tarball of each package, sbom.cdx.json (CycloneDX), SHA256SUMS, NOTES.md.
--unreleased takes the changelog's "Unreleased" for the notes, so that it can be tried before there
is a version.`)
  process.exit(0)
}

const manifest = (folder) => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
const folders = manifest('.').workspaces.filter((folder) => manifest(folder).private !== true)
const { version } = manifest('contract')
if (values.tag !== `v${version}`) stop(`The tag must be v${version}, as the manifests say.`)

const notes = sectionOf(values.unreleased ? 'Unreleased' : version)
if (notes === '') stop(`CHANGELOG.md says nothing under "## ${version}".`)

const out = resolve(values.out)
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const digests = folders.map((folder) => {
  const [{ filename }] = JSON.parse(
    npm(['pack', '--json', '--ignore-scripts', '--pack-destination', out], join(root, folder))
  )
  const bytes = readFileSync(join(out, filename))
  return `${createHash('sha256').update(bytes).digest('hex')}  ${filename}\n`
})
writeFileSync(join(out, 'SHA256SUMS'), digests.join(''))
writeFileSync(join(out, 'NOTES.md'), `${notes}\n`)
writeFileSync(join(out, 'sbom.cdx.json'), billOfMaterials())
console.log(`${folders.length} packages of ${version} in ${out}`)

/** What is installed with the packages: asked of an empty project that depends on all of them. */
function billOfMaterials() {
  const project = mkdtempSync(join(tmpdir(), 'candor-sbom-'))
  try {
    const dependencies = Object.fromEntries(
      digests.map((line, index) => {
        const { name } = manifest(folders[index])
        return [name, `file:${join(out, line.trim().split('  ')[1])}`]
      })
    )
    const described = { name: 'candor', version, private: true, dependencies }
    writeFileSync(join(project, 'package.json'), JSON.stringify(described))
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline']
    npm(['install', '--package-lock-only', ...quiet], project)
    const bill = npm(['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'], project)
    // Where they lay while this was made is nobody's business.
    return bill.replaceAll(/file:[^"]*\/(?=[^"/]+\.tgz")/g, 'file:')
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

/** What stands under a heading of the changelog, up to the next one. */
function sectionOf(heading) {
  const text = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
  const sections = text.split(/^## /m).map((section) => section.split(/\n([^]*)/))
  return sections.find(([name]) => name.trim() === heading)?.[1]?.trim() ?? ''
}

function npm(words, cwd) {
  const { status, stdout, stderr } = spawnSync('npm', words, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1_048_576
  })
  if (status !== 0) stop(`npm ${words[0]} failed in ${cwd}:\n${stderr}`)
  return stdout
}

function stop(message) {
  console.error(message)
  process.exit(1)
}
