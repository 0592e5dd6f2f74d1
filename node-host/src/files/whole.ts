// Files that are there whole or not at all, and the folders they lie in.

import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
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

/** Gives the outermost folder that was made, if any. Node's own recursion does not end where a parent refuses with ENOENT, as /proc does. */
export function makeFolders(path: string): string | undefined {
  if (isFolder(path)) return undefined
  const outermost = dirname(path) === path ? undefined : makeFolders(dirname(path))
  mkdirSync(path)
  return outermost ?? path
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
