/**
 * Headers that tell a browser what an answer of this server may do: the least that it needs (OWASP
 * ASVS 14.4).
 */

const always: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin'
}

export interface HeaderRules {
  /**
   * True where the server speaks TLS under a name of its own. Never on loopback: `localhost`
   * belongs to other programs as well.
   */
  readonly isStrictlyEncrypted: boolean
}

/** Of data: never kept, never shown as a page. */
export function dataHeaders(rules: HeaderRules): Readonly<Record<string, string>> {
  return {
    ...base(rules),
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'"
  }
}

/** Of a contract's page, which the dashboard shows in a frame: it has styles and nothing else. */
export const framedPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"

/**
 * Of the dashboard's page: nothing inline but the `<style>` elements that Mantine writes, which the
 * nonce admits.
 */
export function pageHeaders(rules: HeaderRules, nonce: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "font-src 'self'",
    "frame-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'"
  ]
  return {
    ...base(rules),
    'Cache-Control': 'no-store',
    'Content-Security-Policy': policy.join('; ')
  }
}

/** Of scripts, styles and fonts whose names change with their content. */
export function assetHeaders(rules: HeaderRules): Readonly<Record<string, string>> {
  return { ...base(rules), 'Cache-Control': 'public, max-age=31536000, immutable' }
}

function base({ isStrictlyEncrypted }: HeaderRules): Readonly<Record<string, string>> {
  return isStrictlyEncrypted
    ? { ...always, 'Strict-Transport-Security': 'max-age=31536000' }
    : always
}
