/**
 * Which part of a text is a version, and which part says whose build it is: a name behind the
 * numbers is somebody's own and is not kept.
 */

/** The longest text that is looked at. */
export const versionLengthMax = 64

const stage =
  '(?:alpha|beta|rc|dev|preview|pre|post|snapshot|nightly|canary|next|final|ga|release|stable|' +
  'lts|edge|patch|hotfix|build|dirty|rev|[abcmpr])[0-9]{0,9}'
const versionPart = `(?:${stage}|[0-9]{1,9}|g[0-9a-f]{7,12})`
let shape: RegExp | undefined
/**
 * Numbers and the words of releases; `g` and the commit are git's own. Nine digits hold a date, and
 * no id. It is made when the first version is read: most records of the SDK have none.
 */
const versionShape = (): RegExp =>
  (shape ??= new RegExp(
    `^v?[0-9]{1,9}(?:\\.[0-9]{1,9}){0,7}(?:${stage})?` +
      `(?:[-._+]${versionPart}(?=[-._+]|$))*(?=[-._+]|$)`,
    'i'
  ))

/**
 * The text up to where it stops being a version, or undefined when it does not begin as one.
 *
 * `4.2.0-rc.3` and `1.0.0.dev3+g5d01005` are kept whole; of `1.26.0-acme.internal` only `1.26.0`; a
 * host's name and an id are no versions.
 */
export function versionIn(text: string): string | undefined {
  if (text.length > versionLengthMax || !/^[A-Za-z0-9._+-]*$/.test(text)) return undefined
  // What builds without a number call themselves.
  if (/^(?:-|dev|edge|latest|nightly|stable|unknown)$/i.test(text)) return text
  return versionShape().exec(text)?.[0]
}

/** The first parts of a version: `16.2` of `16.2.1`, for 2. */
export function firstParts(version: string, parts: number): string {
  return version.split('.').slice(0, parts).join('.')
}
