/** Is an address one that only this machine can reach, or one that nobody listens in on? */

export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host)
}

/** What is signed or names people does not travel in clear beyond this machine. */
export function isUnheard({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}
