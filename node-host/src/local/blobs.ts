// Blobs in one folder, a file for each key. Safe against crashes of the process, not of the machine: nothing is forced to disk.

import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { HostFailure, withHelp } from '../errors.ts'
import { isFolder, makeFolders, temporaryIn, writeWhole } from '../files/whole.ts'

/** What is known of a blob without reading it. */
export interface BlobStats {
  key: string
  bytes: number
  written_ms: number
}

/** The blobs of a folder, which is made if it is not there. Calls are synchronous: an instance has nothing else to do meanwhile. */
export class FolderBlobs {
  readonly #folder: string
  // No key's file begins with a dot.
  readonly #temporary: string

  constructor(folder: string) {
    this.#folder = folder
    this.#temporary = temporaryIn(folder)
    makeFolders(resolve(folder))
  }

  /** The bytes under a key, or undefined. */
  read(key: string): Uint8Array | undefined {
    try {
      return readFileSync(this.#path(key))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw this.#refused(error)
    }
  }

  /** Stores bytes under a key: whole or not at all. */
  write(key: string, bytes: Uint8Array): void {
    const path = this.#path(key)
    try {
      if (dirname(path) !== this.#folder) makeFolders(resolve(dirname(path)))
      writeWhole(path, bytes, { temporary: this.#temporary, flush: false })
    } catch (error) {
      throw this.#refused(error)
    }
  }

  /** The keys that begin so. */
  list(prefix: string): string[] {
    return [...this.#paths(prefix).keys()]
  }

  /** The same with what is known of them. */
  stats(prefix: string): BlobStats[] {
    return [...this.#paths(prefix)].flatMap(([key, path]) => {
      const stats = statSync(path, { throwIfNoEntry: false })
      return stats ? [{ key, bytes: stats.size, written_ms: stats.mtimeMs }] : []
    })
  }

  /** Removes the blobs whose keys begin so. */
  remove(prefix: string): void {
    try {
      for (const path of this.#paths(prefix).values()) rmSync(path, { force: true })
    } catch (error) {
      throw error instanceof HostFailure ? error : this.#refused(error)
    }
  }

  #path(key: string): string {
    return join(this.#folder, fileName(key))
  }

  /** Where the blobs lie whose keys begin so. */
  #paths(prefix: string): Map<string, string> {
    const found = new Map<string, string>()
    const look = (folder: string, before: string) => {
      for (const name of readdirSync(folder)) {
        if (name.startsWith('.')) continue
        const path = join(folder, name)
        if (isPiece(name) && isFolder(path)) look(path, before + name.slice(0, -1))
        else {
          const key = keyOf(before + name)
          if (key?.startsWith(prefix)) found.set(key, path)
        }
      }
    }
    try {
      look(this.#folder, '')
    } catch (error) {
      throw this.#refused(error)
    }
    return found
  }

  /** Trying again helps against a passing shortage, not against a folder that cannot be written. */
  #refused(error: unknown): HostFailure {
    const retry = PASSING.includes((error as NodeJS.ErrnoException).code ?? '')
    return new HostFailure(`${this.#folder}: ${withHelp(error)}`, retry)
  }
}

const PASSING = ['EAGAIN', 'EBUSY', 'EINTR', 'EIO', 'EMFILE', 'ENFILE']
/** No file system takes names of more than 255 bytes. */
const PIECE = 254

/** The file of a key: all in one folder, since a key may be the beginning of another. A long name lies in folders named after its
 * beginning, a piece each, which end in a sign that no file's name ends in. */
export function fileName(key: string): string {
  // `encodeURIComponent` leaves dots, and would make nothing of nothing.
  const name = key === '' ? '%' : encodeURIComponent(key).replace(/^\./, '%2E')
  if (name.length <= PIECE) return name
  const pieces = name.replaceAll('.', '%2E').match(new RegExp(`.{1,${PIECE}}`, 'g')) ?? []
  return join(...pieces.slice(0, -1).map((piece) => `${piece}%`), pieces.at(-1) ?? '')
}

function isPiece(name: string): boolean {
  return name.length === PIECE + 1 && name.endsWith('%')
}

/** None of what somebody else put there. */
function keyOf(name: string): string | undefined {
  try {
    return name === '%' ? '' : decodeURIComponent(name)
  } catch {
    return undefined
  }
}
