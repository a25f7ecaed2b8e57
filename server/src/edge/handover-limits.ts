/** Where handovers go, and how many of which size. What edges and their collector both know. */
export const handoverPath = '/v1/handovers'

export const handoverLimits = {
  bodyBytesMax: 12 * 1024 * 1024,
  handoversMax: 100,
  /** Unpacked: twice the largest report of a client. */
  textBytesMax: 8 * 1024 * 1024
} as const
