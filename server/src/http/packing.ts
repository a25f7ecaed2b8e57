/** How is a request's body packed, and can it be unpacked? */

export function packingOf(
  body: Buffer,
  encoding: string | undefined
): 'none' | 'gzip' | 'unsupported' {
  // Nothing is nothing, however it is packed; and zlib throws for the bound of a route that takes
  // no body.
  if (body.length === 0 || encoding === undefined || encoding === '' || encoding === 'identity')
    return 'none'
  return /^(x-)?gzip$/i.test(encoding) ? 'gzip' : 'unsupported'
}
