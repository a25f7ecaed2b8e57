/** How is one value written for people, and how for programs? */

export interface PrintedColumn {
  readonly name: string
  readonly type: string
  readonly unit?: string
}

/** Of an answer (`integer`) or of ClickHouse (`Nullable(UInt64)`). */
export function isNumeric(type: string): boolean {
  return (
    type === 'integer' ||
    type === 'number' ||
    type === 'share' ||
    /^(Nullable\()?(U?Int|Float|Decimal)/.test(type)
  )
}

/** A share in percent, digits in groups, bytes and seconds in units that mean something. */
export function forPeople(value: unknown, { type, unit }: PrintedColumn): string {
  if (type === 'trend' && Array.isArray(value)) return sparkline(value)
  if (typeof value !== 'number') return plain(value)
  if (type === 'share') return `${(value * 100).toFixed(1)} %`
  if (unit === 'bytes') return bytes(value)
  if (unit === 's') return seconds(value)
  if (Number.isInteger(value)) return grouped(value)
  return Math.abs(value) >= 100_000
    ? grouped(Math.round(value))
    : grouped(Number(value.toPrecision(6)))
}

/** As it is, and nothing that would end a line or a cell. */
export function forPrograms(value: unknown): string {
  return plain(value)
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
}

export function plain(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const heights = '▁▂▃▄▅▆▇█'

/** One sign for each number, the greatest of them as high as a line; nothing known is a space. */
function sparkline(numbers: readonly unknown[]): string {
  const greatest = Math.max(...numbers.map(Number), 0)
  return numbers
    .map((number) => {
      if (typeof number !== 'number') return ' '
      if (number <= 0) return '·'
      return heights.charAt(Math.ceil((number / greatest) * heights.length) - 1)
    })
    .join('')
}

/** Years and versions are texts; what is a number here is a count or a measure. */
function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 6 })
}

function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10))
  return `${grouped(Number((value / 1024 ** power).toPrecision(3)))} ${units[power] ?? ''}`
}

function seconds(value: number): string {
  const size = Math.abs(value)
  if (size < 1 && size > 0) return `${Number((value * 1000).toPrecision(3))} ms`
  if (size < 120) return `${Number(value.toPrecision(3))} s`
  if (size < 7200) return `${Number((value / 60).toPrecision(3))} min`
  if (size < 172_800) return `${Number((value / 3600).toPrecision(3))} h`
  return `${grouped(Number((value / 86_400).toPrecision(3)))} days`
}
