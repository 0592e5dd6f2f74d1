// Files of the user's, read whole. What they are stored under is determined by their bytes; what is compressed is stored so.

import { hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { fileProblem, UsageError, wrong } from '../errors.ts'
import { parseJson } from '../json.ts'

export interface InputBytes {
  /** As the user would name it. */
  path: string
  key: string
  bytes: Uint8Array
}

/** The path that means the standard input. */
const STANDARD_INPUT = '-'
let isTaken = false

/** Reads a file of the user's, or the standard input. */
export async function readInput(path: string, expected: string): Promise<InputBytes> {
  if (path === STANDARD_INPUT) {
    if (isTaken) throw new UsageError(`-: expected for one file alone, as the standard input is read once`)
    isTaken = true
    return inputBytes('standard input', await limited('standard input', process.stdin))
  }
  try {
    return inputBytes(path, await read(path))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${path}: expected ${expected} that can be read (${fileProblem(error)})`)
  }
}

/** Reads a JSON file that is understood here too, and not by core alone, which unpacks what is compressed. */
export async function readJson(path: string, expected: string): Promise<InputBytes> {
  const file = await readInput(path, expected)
  if (file.bytes[0] !== 0x1f || file.bytes[1] !== 0x8b) return file
  try {
    return inputBytes(file.path, gunzipSync(file.bytes, { maxOutputLength: UNPACKED_MAX_BYTES }))
  } catch {
    throw new UsageError(`${file.path}: expected a whole gzip file, and this one is cut off or damaged`)
  }
}

/** As in core. */
const UNPACKED_MAX_BYTES = 512 * 1024 * 1024

/** Reads files that a JSON file names, relative to it. By the names that it uses. All that cannot be read are named at once. */
export async function readNamed(by: InputBytes, names: readonly string[]): Promise<Map<string, InputBytes>> {
  const problems: string[] = []
  const readOne = async (name: string): Promise<[string, InputBytes][]> => {
    const path = isAbsolute(name) ? name : join(dirname(by.path), name)
    try {
      return [[name, inputBytes(path, await read(path))]]
    } catch (error) {
      if (error instanceof UsageError) throw error
      const subject = [by.path, fieldOf(parsed(by), name)].filter(Boolean).join(', ')
      problems.push(wrong(subject, name, `a file that can be read (${path}: ${fileProblem(error)})`))
      return []
    }
  }
  const files = await Promise.all(names.map(readOne))
  if (problems.length > 0) throw new UsageError(problems.sort().join('\n'))
  return new Map(files.flat())
}

/** The module holds at most 4 GB, and what it reads more than once over. */
const FILE_MAX_BYTES = 1024 ** 3
const READ_BYTES = 1024 * 1024

async function read(path: string): Promise<Uint8Array> {
  return limited(path, createReadStream(path, { highWaterMark: READ_BYTES }))
}

/** Reads to the end, or no further than the limit: some have no end. */
async function limited(path: string, stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of stream) {
    length += piece.length
    if (length > FILE_MAX_BYTES) throw new UsageError(`${path}: expected a file of at most 1 GB`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces, length)
}

export function inputBytes(path: string, bytes: Uint8Array): InputBytes {
  return { path, key: `inputs/${hash('sha256', bytes)}`, bytes }
}

/** As components are told of a file. */
export function place({ path, key }: InputBytes): { path: string; key: string } {
  return { path, key }
}

/** As they are told of files that another names. */
export function places(files: ReadonlyMap<string, InputBytes>): Record<string, { path: string; key: string }> {
  return Object.fromEntries([...files].map(([name, file]) => [name, place(file)]))
}

/** What a JSON file says. Only for messages and display: what it means, and whether it is well formed, is for core to say. */
export function parsed({ bytes }: InputBytes): unknown {
  try {
    return parseJson(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** Where in a JSON value a text stands: `edits[0].add.rates.file`. */
function fieldOf(value: unknown, text: string): string | undefined {
  if (value === text) return ''
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, inner] of Object.entries(value)) {
    const found = fieldOf(inner, text)
    if (found === undefined) continue
    const rest = found === '' || found.startsWith('[') ? found : `.${found}`
    return Array.isArray(value) ? `[${name}]${rest}` : `${name}${rest}`
  }
  return undefined
}
