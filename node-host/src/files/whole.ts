// Files that are there whole or not at all, and the folders they lie in.

import { linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { threadId } from 'node:worker_threads'
import { isRunning } from './process.ts'

export interface WholeOptions {
  /** Where it is until it is whole: on the same disk. */
  temporary?: string
  /** Whether it is to last where the machine fails, and not only this process. */
  flush?: boolean
}

/** Writes a file in the place of what is there. */
export function writeWhole(path: string, bytes: Uint8Array | string, options: WholeOptions = {}): void {
  const { temporary = temporaryIn(dirname(path)), flush = true } = options
  try {
    writeFileSync(temporary, bytes, { flush })
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** Makes a file with its text at once, unless there is one already. */
export function linked(path: string, text: string): boolean {
  const temporary = temporaryIn(dirname(path))
  writeFileSync(temporary, text)
  try {
    linkSync(temporary, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  } finally {
    rmSync(temporary, { force: true })
  }
}

const TEMPORARY = /^\.switchyard-(\d+)-\d+-\d+$/
let temporaries = 0

/** Where a file is until it is whole: a name in its folder that is no user's, nor another process's or thread's. */
export function temporaryIn(folder: string): string {
  temporaries += 1
  return join(folder, `.switchyard-${process.pid}-${threadId}-${temporaries}`)
}

/** Removes from a folder what processes that have gone left half-written. */
export function clearTemporaries(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = TEMPORARY.exec(name) ?? []
    if (pid !== undefined && !isRunning(pid)) rmSync(join(folder, name), { force: true })
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
