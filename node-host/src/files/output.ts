// Files that a user names to be written: whole or not at all; through a link to what it names; and to a device or pipe as it is.

import type { Stats } from 'node:fs'
import {
  accessSync,
  chmodSync,
  constants,
  fstatSync,
  lstatSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { fileProblem, UsageError, wrong } from '../errors.ts'
import { clearTemporaries, temporaryIn } from './whole.ts'

/** A file to write, and the option that names it. */
export interface Named {
  option: string
  path: string
}

/** A file that is being written. */
export interface Opened {
  /** What to write to meanwhile. */
  at: string
  /** Puts it in its place. */
  finish(): void
  /** Leaves its place as it was. */
  abandon(): void
}

const LINKS_MAX = 40

/** Refuses, before there is anything to write, what could not be written or would destroy what is read. */
export function checkOutputs(outputs: readonly Named[], inputs: readonly string[]): void {
  const taken = new Map(inputs.map((path) => [identity(path), `another file than \`${path}\`, which is read`]))
  for (const { option, path } of outputs) {
    if (path === '') throw new UsageError(`${option}: empty, expected a file to write to`)
    // Elsewhere that is the standard output, and no name of a file.
    if (path === '-') throw refused({ option, path }, 'the standard output is for the result')
    if (isDevice(path)) continue
    const why = unwritable(path)
    if (why !== undefined) throw refused({ option, path }, why)
    const by = taken.get(identity(path))
    if (by !== undefined) throw new UsageError(wrong(option, path, by))
    taken.set(identity(path), `another file than ${option}`)
  }
}

/** Opens a file to be written. Until it is finished, and if it is not, nothing is changed. */
export function open(path: string): Opened {
  if (isDevice(path)) return { at: path, finish: () => {}, abandon: () => {} }
  const target = throughLinks(path)
  const at = temporaryIn(dirname(target))
  const abandon = () => rmSync(at, { force: true })
  process.once('exit', abandon)
  const finish = () => {
    const before = found(target)
    if (before) chmodSync(at, before.mode)
    renameSync(at, target)
    process.off('exit', abandon)
  }
  return { at, finish, abandon }
}

/** Writes a file at once. */
export function writeOutput({ option, path }: Named, bytes: Uint8Array): void {
  if (isStandardOutput(path)) {
    process.stdout.write(bytes)
    return
  }
  const opened = open(path)
  try {
    writeFileSync(opened.at, bytes, { flush: opened.at !== path })
    opened.finish()
  } catch (error) {
    opened.abandon()
    throw refused({ option, path }, fileProblem(error))
  }
}

/** Whether a path is another name of where the standard output goes: `/dev/stdout`, or the file that it is redirected to. */
export function isStandardOutput(path: string): boolean {
  const [named, standard] = [found(path), attempt(() => fstatSync(1))]
  return named !== undefined && standard !== undefined && named.dev === standard.dev && named.ino === standard.ino
}

export function refused({ option, path }: Named, why: string): UsageError {
  return new UsageError(wrong(option, path, `a file to write to (${why})`))
}

/** Whether it is something that is written to as it is: nothing can take the place of a device or pipe. */
function isDevice(path: string): boolean {
  const stats = found(path)
  return stats !== undefined && !stats.isFile() && !stats.isDirectory()
}

/** Why no file could be put there, as far as it can be known. */
function unwritable(path: string): string | undefined {
  try {
    const target = throughLinks(path)
    const stats = found(target)
    if (stats?.isDirectory()) return 'it is a folder'
    if (!found(dirname(target))?.isDirectory()) return `there is no folder \`${dirname(path)}\``
    accessSync(dirname(target), constants.W_OK)
    if (stats) accessSync(target, constants.W_OK)
    clearTemporaries(dirname(target))
    return undefined
  } catch (error) {
    return fileProblem(error)
  }
}

/** What a path means, also where there is nothing yet: a link may lead nowhere. */
function throughLinks(path: string): string {
  let target = resolve(path)
  for (let links = 0; links < LINKS_MAX; links += 1) {
    if (!lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink()) return target
    target = resolve(realpathSync(dirname(target)), readlinkSync(target))
  }
  throw Object.assign(new Error('too many links'), { code: 'ELOOP' })
}

/** The same for all names of a file, but not for its hard links: what takes the place of one leaves the others. */
export function identity(path: string): string {
  const target = attempt(() => throughLinks(path)) ?? resolve(path)
  const folder = attempt(() => realpathSync(dirname(target)))
  return folder === undefined ? target : join(folder, basename(target))
}

function found(path: string): Stats | undefined {
  return attempt(() => statSync(path))
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}
