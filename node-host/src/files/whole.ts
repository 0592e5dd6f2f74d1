// Files that are there whole or not at all.

import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface WholeOptions {
  /** Where it is until it is whole: on the same disk. */
  temporary?: string
  /** Whether it is to last where the machine fails, and not only this process. */
  flush?: boolean
}

/** Writes a file in the place of what is there. */
export function writeWhole(path: string, bytes: Uint8Array | string, options: WholeOptions = {}): void {
  const { temporary = join(dirname(path), `.tmp-${process.pid}`), flush = true } = options
  try {
    writeFileSync(temporary, bytes, { flush })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
