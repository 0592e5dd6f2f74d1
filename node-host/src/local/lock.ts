// The lock of a data folder: which process serves it. The lock of a process that has gone is nobody's.

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isRunning, linked } from '../files/whole.ts'

export class ServerLock {
  readonly #path: string

  private constructor(path: string) {
    this.#path = path
  }

  /** Takes the lock of a data folder; none if another process serves it too. */
  static take(data: string): ServerLock | undefined {
    const path = join(data, 'server')
    while (!linked(path, String(process.pid))) {
      if (ServerLock.holder(data) !== undefined) return undefined
      rmSync(path, { force: true })
    }
    return new ServerLock(path)
  }

  /** The process that serves a data folder, if one does. */
  static holder(data: string): number | undefined {
    try {
      const pid = Number(readFileSync(join(data, 'server'), 'utf8'))
      return isRunning(pid) ? pid : undefined
    } catch {
      return undefined
    }
  }

  release(): void {
    rmSync(this.#path, { force: true })
  }
}
