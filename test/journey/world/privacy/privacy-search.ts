/**
 * What has a server left anywhere: every byte of its folders, and every row of every table of its
 * engine?
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'

export interface LeftBytes {
  readonly name: string
  readonly bytes: Buffer
}

/** Every file below. */
export function filesIn(folder: string): readonly LeftBytes[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((name) => ({ name, bytes: readFileSync(name) }))
}

/**
 * All rows of all tables and views, those that no question reads among them, and what the engine
 * notes about itself.
 */
export async function tablesOf(data: string): Promise<readonly LeftBytes[]> {
  const socketPath = join(data, 'engine', 'run', 'engine.sock')
  if (!existsSync(socketPath)) throw new Error(`no engine listens at ${socketPath}`)
  const list = await rows(
    socketPath,
    "SELECT concat(database, '.', name) FROM system.tables WHERE (database NOT IN ('system', " +
      "'INFORMATION_SCHEMA', 'information_schema') OR name LIKE '%\\_log' OR name IN " +
      "('errors', 'parts', 'columns', 'processes')) AND engine NOT IN ('Null', " +
      "'MaterializedView') FORMAT TSV"
  )
  const places: LeftBytes[] = []
  for (const name of list.toString().trim().split('\n'))
    places.push({ name, bytes: await rows(socketPath, `SELECT * FROM ${name} FORMAT JSONEachRow`) })
  return places
}

function rows(socketPath: string, sql: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: '/', method: 'POST', agent: false }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks)
        if (answer.statusCode === 200) resolve(bytes)
        else reject(new Error(`${sql}: ${bytes.toString()}`))
      })
    })
    sent.on('error', reject).end(sql)
  })
}

/** Where this text stands, in any case, with some of what stands around it. */
export function found(places: readonly LeftBytes[], text: string): readonly string[] {
  const wanted = text.toLowerCase()
  return places.flatMap(({ name, bytes }) => {
    const all = bytes.toString('latin1').toLowerCase()
    const hits: string[] = []
    for (
      let index = all.indexOf(wanted);
      index >= 0 && hits.length < 20;
      index = all.indexOf(wanted, index + 1)
    )
      hits.push(`${name}: …${all.slice(Math.max(0, index - 60), index + wanted.length + 20)}…`)
    return hits
  })
}

/**
 * Where an id's own bytes stand: hexadecimal digits decoded, in the orders that stores keep ids of
 * 16 bytes in.
 */
export function foundAsBytes(places: readonly LeftBytes[], id: string): readonly string[] {
  const digits = id.replaceAll('-', '')
  if (!/^(?:[0-9a-f]{2}){8,}$/i.test(digits)) return []
  const bytes = Buffer.from(digits, 'hex')
  const halves =
    bytes.length === 16
      ? [
          Buffer.concat([
            Buffer.from(bytes.subarray(0, 8)).reverse(),
            Buffer.from(bytes.subarray(8)).reverse()
          ])
        ]
      : []
  const forms = [bytes, Buffer.from(bytes).reverse(), ...halves]
  return places
    .filter((place) => forms.some((form) => place.bytes.includes(form)))
    .map(({ name }) => name)
}
