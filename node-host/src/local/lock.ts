// The lock of a data folder: which process serves it. The lock of a process that has gone is nobody's.

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { claim, holderOf } from '../files/lock.ts'

export class ServerLock {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** Takes the lock of a data folder; none if another process serves it too. */
  static take(data: string): ServerLock | undefined {
    const path = join(data, 'server')
    return claim(path) === undefined ? new ServerLock(path) : undefined
  }

  /** The process that serves a data folder, if one does. */
  static holder(data: string): number | undefined {
    return holderOf(join(data, 'server'))
  }

  release(): void {
    rmSync(this.#path, { force: true })
  }
}
