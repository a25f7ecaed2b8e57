/** `candor backup`: all that is kept, as of one moment, copied elsewhere while the server runs. */
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Command } from 'commander'
import type { StagedBackup } from '../../api/endpoints/keeping/backups.ts'
import { CandorError } from '../../errors.ts'
import {
  addServerOptions,
  connectTo,
  type ServerOptions,
  type Terminal
} from '../terminal/terminal.ts'
import { type BackupPlace, openPlace, within } from './backup-place.ts'
import { manifestName, type Manifest } from './backup-manifest.ts'
import { digesting } from './digesting.ts'

export function addBackup(program: Command, terminal: Terminal): void {
  const backup = program
    .command('backup')
    .description(
      'copy all that is kept, while the server runs, to a folder or an S3-compatible store'
    )
    .requiredOption('--to <place>', 'a folder, or s3://bucket/prefix')
    .addHelpText(
      'after',
      '\nEach backup is a folder of its own, whole once its manifest.json is there. Run this ' +
        'where the data folder is.\nOf a store: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and ' +
        'AWS_ENDPOINT_URL name it.\nNot in it: the secret, the feed keys, candor.yaml; keep ' +
        'them apart. With a ClickHouse of your own, back up its database there.\nExample: candor ' +
        'backup --to /var/backups/candor'
    )
  addServerOptions(backup).action(async (options: ServerOptions & { readonly to: string }) => {
    const place = await openPlace(options.to, terminal)
    const client = await connectTo(terminal, options)
    const staged = await client.post<StagedBackup>('/api/v1/backups', {})
    try {
      const manifest = await copy(staged, within(place, staged.name), terminal)
      terminal.out(told(manifest, `${place.says}/${staged.name}`))
    } finally {
      await client.delete(`/api/v1/backups/${staged.name}`)
    }
  })
}

async function copy(
  { folder, at, tables, entriesWaiting, deletions, counts }: StagedBackup,
  place: BackupPlace,
  { effects, error, isInteractive }: Terminal
): Promise<Manifest> {
  const found = await effects.files
    .readdir(folder, { recursive: true, withFileTypes: true })
    .catch(() => {
      throw new CandorError(
        'CONFIG_INVALID',
        `The server put its backup into ${folder}, which is not on this machine: run candor ` +
          'backup where its data folder is.'
      )
    })
  const files: Manifest['files'][number][] = []
  for (const entry of found.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name)
    const { size: bytes } = await effects.files.stat(path)
    const name = path.slice(folder.length + 1)
    const file = await effects.files.open(path)
    const { content, digest } = digesting(file.createReadStream())
    await place.write(name, content, bytes)
    files.push({ name, bytes, sha256: digest() })
    if (isInteractive && files.length % 100 === 0) error(`\r${files.length} files`)
  }
  const manifest: Manifest = {
    candor: 1,
    at,
    tables,
    entriesWaiting,
    deletions,
    counts,
    files
  }
  const text = Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)
  await place.write(manifestName, Readable.from([text]), text.length)
  return manifest
}

function told({ files, counts, entriesWaiting, deletions, tables }: Manifest, to: string): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const records = counts.reduce((sum, each) => sum + (each.is === 'records' ? each.records : 0), 0)
  const lines = [
    `${to}`,
    `  ${files.length} files, ${(bytes / 2 ** 20).toFixed(1)} MiB`,
    `  ${records} records in tables, ${entriesWaiting} entries that wait to be loaded, ` +
      `${deletions} deletions remembered`,
    ...(tables === 'remote'
      ? ['  The tables are in your ClickHouse: back up its database there, at the same time.']
      : []),
    'The secret is not in it: without it nobody is recognised again. Keep it where you keep others.'
  ]
  return `${lines.join('\n')}\n`
}
