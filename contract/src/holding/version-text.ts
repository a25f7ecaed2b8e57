/**
 * Which part of a text is a version, and which part says whose build it is: a name behind the
 * numbers is somebody's own and is not kept.
 */

const stage =
  '(?:alpha|beta|rc|dev|preview|pre|post|snapshot|nightly|canary|next|final|ga|release|stable|lts|edge|patch|hotfix|build|dirty|rev|[abcmpr])[0-9]{0,9}'
// Numbers and the words of releases; `g` and the commit are git's own. Nine digits hold a date, and
// no id.
const version = new RegExp(
  `^v?[0-9]{1,9}(?:\\.[0-9]{1,9}){0,7}(?:${stage})?(?:[-._+](?:${stage}|[0-9]{1,9}|g[0-9a-f]{7,12})(?=[-._+]|$))*(?=[-._+]|$)`,
  'i'
)
const alphabet = /^[A-Za-z0-9._+-]*$/
/** What builds without a number call themselves. */
const unnumbered = /^(?:-|dev|edge|latest|nightly|stable|unknown)$/i

/**
 * The text up to where it stops being a version, or undefined when it does not begin as one.
 *
 * `4.2.0-rc.3` and `1.0.0.dev3+g5d01005` are kept whole; of `1.26.0-acme.internal` only `1.26.0`; a
 * host's name and an id are no versions.
 */
export function readVersion(text: string): string | undefined {
  if (unnumbered.test(text)) return text
  return alphabet.test(text) ? version.exec(text)?.[0] : undefined
}
