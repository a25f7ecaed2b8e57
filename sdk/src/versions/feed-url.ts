/** Where is the list of releases? Small, since `status` tells it without loading the rest. */
import type { ContractForm } from '../form.ts'

/** The contract's own address for it, or beside where reports go; undefined where there is none. */
export function feedUrl(
  { product, versionCheck }: Pick<ContractForm, 'product' | 'versionCheck'>,
  { url, writeKey }: { readonly url: string | undefined; readonly writeKey?: string | undefined }
): string | undefined {
  if (versionCheck === undefined) return undefined
  if (versionCheck.url !== undefined)
    return URL.canParse(versionCheck.url) ? new URL(versionCheck.url).href : undefined
  // A source of Segment has no feed.
  if (url === undefined || writeKey !== undefined) return undefined
  const address = new URL(url)
  const base = address.pathname.replace(/\/v1\/reports\/?$/, '').replace(/\/+$/, '')
  return `${address.origin}${base}/v1/feed/${product}.json`
}
