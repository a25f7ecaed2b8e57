/**
 * Is there still room on the inbox's disk? Asked at intervals, since asking at each append would
 * cost more than the append.
 */
import type { Effects } from '../../effects.ts'
import type { InboxLimits } from '../limits.ts'

export class DiskWatch {
  readonly #folder: string
  readonly #effects: Effects
  readonly #limits: InboxLimits
  #isLow = false
  #isStopped = false
  #cancel: () => void = () => undefined
  #asking: Promise<void> = Promise.resolve()

  private constructor(options: {
    readonly folder: string
    readonly effects: Effects
    readonly limits: InboxLimits
  }) {
    this.#folder = options.folder
    this.#effects = options.effects
    this.#limits = options.limits
  }

  static async start(options: {
    readonly folder: string
    readonly effects: Effects
    readonly limits: InboxLimits
  }): Promise<DiskWatch> {
    const watch = new DiskWatch(options)
    await watch.#ask()
    return watch
  }

  get isLow(): boolean {
    return this.#isLow
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    await this.#asking
  }

  async #ask(): Promise<void> {
    const { diskFreeBytesMin, diskFreeShareMin, diskCheckMs } = this.#limits
    try {
      const { bavail, blocks, bsize } = await this.#effects.files.statfs(this.#folder)
      this.#isLow = bavail * bsize < Math.max(diskFreeBytesMin, blocks * bsize * diskFreeShareMin)
    } catch {
      // A file system that can't say how full it is still says it by a failing commit.
      this.#isLow = false
    }
    if (this.#isStopped) return
    this.#cancel = this.#effects.clock.after(diskCheckMs, () => {
      this.#asking = this.#ask()
    })
  }
}
