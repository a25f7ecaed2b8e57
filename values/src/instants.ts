/** Reads points in time as clients and PostgreSQL write them. */

/** No known timestamp is longer; what is longer is not looked at. */
const lengthMax = 40

const rfc3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})$/
const postgres =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?(?: ?([Zz]|UTC|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?))?$/

/** Milliseconds since 1970 of an RFC 3339 text between 1900 and 2299, what a column can hold. */
export function readInstant(text: string): number | undefined {
  return text.length > lengthMax ? undefined : instantOf(rfc3339.exec(text))
}

/** Also reads PostgreSQL's ISO style: a space, `+00`, `-0300`, no zone, which is read as UTC. */
export function readClientInstant(text: string): number | undefined {
  return text.length > lengthMax ? undefined : instantOf(postgres.exec(text))
}

function instantOf(found: RegExpExecArray | null): number | undefined {
  if (found === null) return undefined
  const part = (index: number): number => Number(found[index] ?? 0)
  const [year, month, day] = [part(1), part(2) - 1, part(3)]
  const date = new Date(Date.UTC(year, month, day))
  // A day that no calendar has is not the one that it would roll over to.
  if (year < 1900 || date.getUTCMonth() !== month || date.getUTCDate() !== day) return undefined
  if (part(4) > 24 || part(5) > 59 || part(6) > 60) return undefined
  const milliseconds = Number((found[7] ?? '').padEnd(3, '0').slice(0, 3))
  const local = Date.UTC(year, month, day, part(4), part(5), part(6), milliseconds)
  const instant = local - offsetMs(found[8])
  return instant >= Date.UTC(1900, 0, 1) && instant <= Date.UTC(2299, 11, 31) ? instant : undefined
}

/** NaN for an offset that no place has. */
function offsetMs(zone: string | undefined): number {
  if (zone === undefined || /^[ZzU]/.test(zone)) return 0
  const digits = zone.slice(1).replaceAll(':', '')
  const part = (index: number): number => Number(digits.slice(index, index + 2))
  if (part(0) > 16 || part(2) > 59 || part(4) > 59) return Number.NaN
  return (zone.startsWith('-') ? -1 : 1) * ((part(0) * 60 + part(2)) * 60 + part(4)) * 1_000
}
