/** How long and how much a socket may take before it is closed. */

export interface HttpLimits {
  /** From connect (or from the end of the TLS handshake) to the first byte. */
  readonly firstByteMs: number
  /** From the first byte of a request to the end of its headers. */
  readonly headMs: number
  /** Without one new byte of a body. */
  readonly bodyIdleMs: number
  /** From the end of the headers to the end of the body. */
  readonly bodyMs: number
  /** Between two requests of one connection. */
  readonly keepAliveMs: number
  readonly tlsHandshakeMs: number
  /** For the client to take an answer that is no stream. */
  readonly writeMs: number
  /**
   * How long the rest of a refused body is thrown away, so that its sender can still read the
   * answer.
   */
  readonly lingerMs: number
  readonly headBytesMax: number
  /** Requests of one connection that wait for an answer at the same time. */
  readonly pipelinedMax: number
  /**
   * Connections that have not sent a byte, of one network (/24 of IPv4, /56 of IPv6) and of all.
   */
  readonly silentPerNetworkMax: number
  readonly silentMax: number
  /** Connections in all, and of one network that has a share. */
  readonly connectionsMax: number
  readonly connectionsPerNetworkMax: number
  /** Bytes of bodies that are not whole yet, in all and of one network that has a share. */
  readonly bodiesBytesMax: number
  readonly bodiesBytesPerNetworkMax: number
}

export const httpLimits: HttpLimits = {
  // TimescaleDB connects first and gathers its report afterwards; its job is killed at 100 s.
  firstByteMs: 115_000,
  headMs: 10_000,
  bodyIdleMs: 10_000,
  bodyMs: 30_000,
  // Longer than the 60 s after which common load balancers drop an idle connection, so that they
  // close first and no request is lost between.
  keepAliveMs: 75_000,
  tlsHandshakeMs: 10_000,
  writeMs: 30_000,
  lingerMs: 2_000,
  // Node's own default; the largest head of a recorded client is under 1 KiB.
  headBytesMax: 16_384,
  pipelinedMax: 256,
  // A company's databases behind one address all report in the same minute after an upgrade.
  silentPerNetworkMax: 512,
  // Half of the 16,384 file descriptors that a small container commonly has.
  silentMax: 8_192,
  // Below the 4,096 file descriptors that many services may have: the inbox, the engine and the
  // administration's own listener need some as well.
  connectionsMax: 3_072,
  // Six times what the largest recorded burst of one network opens at once.
  connectionsPerNetworkMax: 1_024,
  // It holds thirty bodies of the largest kind at once, or a quarter of a million ordinary ones.
  bodiesBytesMax: 134_217_728,
  bodiesBytesPerNetworkMax: 33_554_432
}
