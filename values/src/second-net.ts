/**
 * What of a text that was reviewed has no business in it all the same? Paths, e-mails, addresses
 * and tokens: an error message brings them along, whatever its author meant it to say.
 */

/** Stands where something was. */
const removedMark = '(removed)'

/** Each is bounded to both sides, so that a hostile text costs no more than its length. */
const traces: readonly RegExp[] = [
  // Addresses on the web, with all that may stand in them.
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>]{1,2048}/gi,
  /[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}/g,
  // These are folders, from a root, a home or a drive on.
  /(?<![\w.])(?:[A-Za-z]:[\\/]|\\\\|~[\\/]|\/)[^\s"'<>:;,|*?()]{1,255}[\\/][^\s"'<>:;,|*?()]{0,1024}/g,
  // Signed and prefixed tokens, and whatever is as long and as mixed as one.
  /\beyJ[\w-]{8,2048}(?:\.[\w-]{1,2048}){1,2}/g,
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|pk_|rk_|AKIA|ASIA)[\w-]{8,255}/g,
  /(?<![\w-])(?=[\w-]{0,255}\d)(?=[\w-]{0,255}[A-Za-z])[\w-]{24,1024}(?![\w-])/g,
  // These are addresses of machines.
  /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?![\d.])/g,
  /(?<![\w:])(?:[0-9a-f]{1,4}:){5,7}[0-9a-f]{1,4}(?![\w:])/gi,
  /(?<![\w:])(?:[0-9a-f]{1,4}:){1,7}(?::[0-9a-f]{1,4}){1,7}(?![\w:])/gi,
  /(?<![\w:-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![\w:-])/gi
]

/** A text without them, and no longer than it was allowed to be. */
export function withoutTraces(text: string, lengthMax: number): string {
  let left = text
  for (const trace of traces) left = left.replace(trace, removedMark)
  return left === text ? text : left.slice(0, lengthMax)
}
