/** How are a contract's names and sentences written in a program? */

export function lower(text: string): string {
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`
}

export function typeName(name: string): string {
  return name
    .split(/[^a-zA-Z0-9]+/)
    .map(capital)
    .join('')
}

export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}

export function propertyName(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name)
}

/** A string of TypeScript: JSON's, with the quotes that most of its code has. */
export function quoted(text: string): string {
  return `'${JSON.stringify(text)
    .slice(1, -1)
    .replaceAll(String.raw`\"`, '"')
    .replaceAll("'", String.raw`\'`)}'`
}

export function wrapped(type: string): string {
  return /[|&]/.test(type) ? `(${type})` : type
}

/** What a maintainer wrote may not end the comment that it stands in. */
export function comment(text: string): string {
  return text.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ').trim()
}
