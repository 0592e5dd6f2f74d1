// Blobs in one folder, a file for each key. Safe against crashes of the process, not of the machine: nothing is forced to disk.

import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { threadId } from 'node:worker_threads'
import { fileProblem } from '../errors.ts'
import { makeFolders, writeWhole } from '../files/whole.ts'

/** The blobs of a folder, which is made if it is not there. Calls are synchronous: an instance has nothing else to do meanwhile. */
export class FolderBlobs {
  readonly #folder: string
  // No key's file begins with a dot. The process and thread keep writers of the same key apart.
  readonly #temporary: string

  constructor(folder: string) {
    this.#folder = folder
    this.#temporary = join(folder, `.tmp-${process.pid}-${threadId}`)
    makeFolders(resolve(folder))
  }

  /** The bytes under a key, or undefined. */
  read(key: string): Uint8Array | undefined {
    try {
      return readFileSync(this.#path(key))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw new BlobError(error)
    }
  }

  /** Stores bytes under a key: whole or not at all. */
  write(key: string, bytes: Uint8Array): void {
    try {
      writeWhole(this.#path(key), bytes, { temporary: this.#temporary, flush: false })
    } catch (error) {
      throw new BlobError(error)
    }
  }

  /** The keys that begin so. */
  list(prefix: string): string[] {
    try {
      const names = readdirSync(this.#folder).filter((name) => !name.startsWith('.'))
      return names.map(keyOf).filter((key) => key.startsWith(prefix))
    } catch (error) {
      throw new BlobError(error)
    }
  }

  #path(key: string): string {
    return join(this.#folder, fileName(key))
  }
}

/** The file of a key: all in one folder, since a key may be the beginning of another. */
export function fileName(key: string): string {
  // `encodeURIComponent` leaves dots, and would make nothing of nothing.
  return key === '' ? '%' : encodeURIComponent(key).replace(/^\./, '%2E')
}

function keyOf(name: string): string {
  return name === '%' ? '' : decodeURIComponent(name)
}

/** Trying again helps against a passing shortage, not against a folder that cannot be written. */
class BlobError extends Error {
  readonly retry: boolean

  constructor(cause: unknown) {
    super(fileProblem(cause), { cause })
    this.retry = ['EAGAIN', 'EBUSY', 'EINTR', 'EIO', 'EMFILE', 'ENFILE'].includes((cause as NodeJS.ErrnoException).code ?? '')
  }
}
