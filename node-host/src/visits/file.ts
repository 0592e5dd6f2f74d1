// A table of visits as a file, whole or not at all, with a block of it in memory at a time.

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { fileProblem } from '../errors.ts'
import { open as openOutput, refused } from '../files/output.ts'
import { csvHeader, csvRows } from './csv.ts'
import { type Column, rowCount } from './rows.ts'

export type Format = 'parquet' | 'csv'

interface Writer {
  write(columns: Column[]): Promise<void>
  finish(): Promise<void>
}

export interface TableFile {
  path: string
  format: Format
  /** For messages: the option that names it. */
  option: string
}

/** Writes the blocks and gives how many rows there were. CSV is compressed where the path ends in .gz. */
export async function writeTable({ path, format, option }: TableFile, rows: AsyncIterable<Column[]>): Promise<number> {
  let count = 0
  let writer: Writer | undefined
  const output = openOutput(path)
  try {
    for await (const columns of rows) {
      writer ??= await open(format, output.at, columns, /\.gz$/i.test(path))
      await writer.write(columns)
      count += rowCount(columns)
    }
    await writer?.finish()
    output.finish()
    return count
  } catch (error) {
    output.abandon()
    throw (error as NodeJS.ErrnoException).syscall ? refused({ option, path }, fileProblem(error)) : error
  }
}

/** Writes the blocks as CSV to a stream, which may take its time. */
export async function writeCsv(stream: NodeJS.WritableStream, rows: AsyncIterable<Column[]>): Promise<void> {
  let header = true
  for await (const columns of rows) {
    const text = header ? csvHeader(columns) + csvRows(columns) : csvRows(columns)
    header = false
    if (!stream.write(text)) await once(stream, 'drain')
  }
}

async function open(format: Format, path: string, columns: Column[], gzip: boolean): Promise<Writer> {
  if (format === 'parquet') {
    // Loaded only when needed: most predictions keep no visits.
    const { ParquetFile } = await import('./parquet.ts')
    return new ParquetFile(path, columns)
  }
  const file = createWriteStream(path)
  await once(file, 'open')
  const packing = gzip ? createGzip() : undefined
  const stream = packing ?? file
  const written = packing ? pipeline(packing, file) : finished(file)
  // Told to whoever writes next.
  written.catch(() => {})
  stream.write(csvHeader(columns))
  return {
    async write(columns) {
      if (!stream.write(csvRows(columns))) await Promise.race([once(stream, 'drain'), written])
    },
    async finish() {
      stream.end()
      await written
    },
  }
}
