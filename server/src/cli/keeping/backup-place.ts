/** Where does a backup lie: in a folder, or in an S3-compatible store? */
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Client } from 'minio'
import type { Effects } from '../../effects.ts'
import { CandorError } from '../../errors.ts'

/** Files by names with slashes; a name is there whole or not at all. */
export interface BackupPlace {
  readonly says: string
  write(name: string, content: Readable, bytes: number): Promise<void>
  read(name: string): Promise<Readable>
  names(): Promise<readonly string[]>
}

export async function openPlace(
  place: string,
  {
    effects,
    folder,
    environment
  }: {
    readonly effects: Pick<Effects, 'files'>
    readonly folder: string
    readonly environment: Readonly<Record<string, string | undefined>>
  }
): Promise<BackupPlace> {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(place) ?? []
  if (bucket === undefined) return folderPlace(resolve(folder, place), effects)
  return storePlace(await s3Client(environment), {
    bucket,
    prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    says: place
  })
}

/** The part of a place that is one backup of several in it. */
export function within(place: BackupPlace, part: string): BackupPlace {
  return {
    says: `${place.says}/${part}`,
    write: (name, ...content) => place.write(`${part}/${name}`, ...content),
    read: (name) => place.read(`${part}/${name}`),
    async names() {
      const all = await place.names()
      return all.flatMap((name) =>
        name.startsWith(`${part}/`) ? [name.slice(part.length + 1)] : []
      )
    }
  }
}

function folderPlace(root: string, { files }: Pick<Effects, 'files'>): BackupPlace {
  return {
    says: root,
    async write(name, content) {
      const path = join(root, name)
      await files.mkdir(dirname(path), { recursive: true, mode: 0o700 })
      // Flushed to the disk before it has its name.
      const file = await files.open(`${path}.part`, 'w', 0o600)
      await pipeline(content, file.createWriteStream({ flush: true }))
      await files.rename(`${path}.part`, path)
    },
    read: async (name) => (await files.open(join(root, name))).createReadStream(),
    async names() {
      const found = await files
        .readdir(root, { recursive: true, withFileTypes: true })
        .catch(() => [])
      return found.flatMap((entry) =>
        entry.isFile()
          ? [relative(root, join(entry.parentPath, entry.name)).split(sep).join('/')]
          : []
      )
    }
  }
}

function storePlace(
  client: Client,
  { bucket, prefix, says }: { readonly bucket: string; readonly prefix: string; says: string }
): BackupPlace {
  return {
    says,
    async write(name, content, bytes) {
      await client.putObject(bucket, prefix + name, content, bytes)
    },
    read: (name) => client.getObject(bucket, prefix + name),
    async names() {
      const names: string[] = []
      for await (const item of client.listObjectsV2(bucket, prefix, true)) {
        const { name } = item as { readonly name?: string }
        if (name !== undefined) names.push(name.slice(prefix.length))
      }
      return names
    }
  }
}

/** The field's own variables name the store and who asks. */
async function s3Client(
  environment: Readonly<Record<string, string | undefined>>
): Promise<Client> {
  const accessKey = environment['AWS_ACCESS_KEY_ID']
  const secretKey = environment['AWS_SECRET_ACCESS_KEY']
  if (!accessKey || !secretKey)
    throw new CandorError(
      'CONFIG_INVALID',
      'An S3-compatible store needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and, where it ' +
        'is not Amazon’s, AWS_ENDPOINT_URL=https://s3.example.org'
    )
  const url = new URL(environment['AWS_ENDPOINT_URL'] || 'https://s3.amazonaws.com')
  const { Client } = await import('minio')
  return new Client({
    endPoint: url.hostname,
    port: url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port),
    useSSL: url.protocol === 'https:',
    accessKey,
    secretKey,
    region: environment['AWS_REGION'] || 'us-east-1',
    // Most stores of one's own have no name for each bucket.
    pathStyle: url.hostname !== 's3.amazonaws.com',
    ...(environment['AWS_SESSION_TOKEN'] ? { sessionToken: environment['AWS_SESSION_TOKEN'] } : {})
  })
}
