/** `candor export feed`: what any static host can serve in place of a collector. */
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import { CandorError } from '../../errors.ts'
import { staticFeed } from '../../releases/exchange/static-feed.ts'
import { readKeys } from '../../releases/keys.ts'
import type { Terminal } from '../terminal/terminal.ts'
import {
  addReleaseOptions,
  productNamed,
  publisherOf,
  releasedProducts,
  releaseFileOf
} from './released-products.ts'

interface FeedFlags extends Readonly<Record<string, unknown>> {
  readonly static: true
  readonly product?: string
  readonly out: string
}

export function addFeed(parent: Command, terminal: Terminal): void {
  const command = parent
    .command('feed')
    .description(
      'the signed feed of releases and advisories at the path where clients look for it, and ' +
        'the same as OSV, CSAF and OpenEoX documents'
    )
    .requiredOption('--static', 'as files below the root of a static host')
    .requiredOption('--out <folder>', 'where to')
    .option('--product <name>', 'only this one; all that have releases if nothing is said')
    .option('--keys <folder>', 'folder of the keys that sign it (<data>.keys)')
    .option('--data <folder>', 'the data folder; keys lie beside it')
    .addHelpText(
      'after',
      '\nA feed is believed for 14 days after it was signed: write it anew before (cron), and ' +
        'after each change.'
    )
  addReleaseOptions(command).action((flags: FeedFlags) => exportFeed(flags, terminal))
}

async function exportFeed(
  { product: name, out, keys: keysFolder, data, releases, products, config }: FeedFlags,
  terminal: Terminal
): Promise<void> {
  const { effects } = terminal
  const flags = { keys: keysFolder, data, releases, products, config }
  const known = await releasedProducts(flags, terminal)
  const keys = await readKeys({ folder: known.config.keys, effects })
  if (keys === undefined)
    throw new CandorError(
      'KEYS_MISSING',
      `There are no keys in ${known.config.keys} to sign it with. Run \`candor keys create\`.`
    )
  const wanted = name === undefined ? known.products : [productNamed(known, name)]
  const folder = resolve(terminal.folder, out)
  let written = 0
  for (const product of wanted) {
    const found = await releaseFileOf(product, known, terminal)
    if (found === undefined) continue
    const files = staticFeed({
      product: product.name,
      ...found,
      issued: effects.clock.now(),
      keys,
      publisher: publisherOf(product, found.file),
      title: product.newest.contract.title
    })
    for (const { path, text } of files) {
      const target = join(folder, path)
      await effects.files.mkdir(dirname(target), { recursive: true })
      await effects.files.writeFile(target, text)
    }
    written += 1
    terminal.out(
      `${product.name}: releases ${found.file.releases.length}, ` +
        `advisories ${found.file.advisories.length}, files ${files.length}\n`
    )
  }
  if (written === 0)
    throw new CandorError(
      'RELEASES_INVALID',
      `No releases file was found in ${known.config.releases}: \`candor release add\` writes one.`
    )
  terminal.out(
    `${out} can be served as it is. Programs look for v1/feed/<product>.json: name its address ` +
      'as version_check.url in the contract\n'
  )
}
