// A folder for as long as this process works: it goes with it, or with the next such process where this one is killed.

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Complaint, fileProblem } from '../errors.ts'
import { isRunning } from './process.ts'

/** Makes a folder among the system's temporary ones, and removes those of processes that have gone. */
export function passingFolder(name: string): { path: string; remove(): void } {
  const folder = tmpdir()
  try {
    clear(folder, name)
    const path = mkdtempSync(join(folder, `${name}-${process.pid}-`))
    const remove = () => rmSync(path, { recursive: true, force: true })
    process.once('exit', remove)
    return { path, remove }
  } catch (error) {
    throw new Complaint(`TMPDIR: got \`${folder}\`, expected a folder to write to (${fileProblem(error)})`)
  }
}

function clear(folder: string, name: string): void {
  for (const found of readdirSync(folder)) {
    const [, pid] = new RegExp(`^${name}-(\\d+)-\\w{6}$`).exec(found) ?? []
    if (pid === undefined || isRunning(pid)) continue
    try {
      rmSync(join(folder, found), { recursive: true, force: true })
    } catch {
      // Another user's.
    }
  }
}
