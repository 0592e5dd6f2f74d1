// Locks: files that name the process that has them. The lock of a process that has gone is nobody's.

import { readFileSync, rmSync } from 'node:fs'
import { isRunning, ownMark } from './process.ts'
import { linked } from './whole.ts'

/** Takes a lock for this process. If another one has it that is still there, gives its id. */
export function claim(path: string): number | undefined {
  while (!linked(path, ownMark())) {
    const holder = holderOf(path)
    if (holder !== undefined) return holder
    rmSync(path, { force: true })
  }
  return undefined
}

/** The process that has a lock, if there is one. */
export function holderOf(path: string): number | undefined {
  try {
    const mark = readFileSync(path, 'utf8')
    return isRunning(mark) ? Number.parseInt(mark, 10) : undefined
  } catch {
    return undefined
  }
}
