// Columns as a Parquet file: a row group for each block, snappy, words by dictionary. What the columns hold is in the file's
// metadata, under `switchyard.columns`.

import { fileWriter, ParquetWriter } from 'hyparquet-writer'
import { version } from '../version.ts'
import { type Column, rowCount } from './rows.ts'

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number]

export class ParquetFile {
  readonly #writer: ParquetWriter

  /** Makes the file, for columns as these. */
  constructor(path: string, columns: readonly Column[]) {
    const about = Object.fromEntries(columns.map(({ name, about }) => [name, about]))
    this.#writer = new ParquetWriter({
      writer: fileWriter(path),
      schema: [{ name: 'visits', num_children: columns.length }, ...columns.map(element)],
      // Whoever looks for some visits need not read the others; of the other columns every row group has nearly every value.
      statistics: false,
      kvMetadata: [{ key: 'switchyard.columns', value: JSON.stringify(about) }],
      createdBy: `switchyard ${version()}`,
    })
  }

  async write(columns: readonly Column[]): Promise<void> {
    if (rowCount(columns) === 0) return
    const columnData = columns.map((column) => ({ name: column.name, data: data(column), statistics: column.name === 'visit' }))
    await this.#writer.write({ columnData, rowGroupSize: rowCount(columns) })
  }

  async finish(): Promise<void> {
    await this.#writer.finish()
  }
}

function element({ name, values, words }: Column): SchemaElement {
  const required = { name, repetition_type: 'REQUIRED' } as const
  if (words) return { ...required, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
  return { ...required, type: values instanceof Int32Array ? 'INT32' : 'DOUBLE' }
}

function data({ values, words }: Column): Int32Array | Float64Array | string[] {
  if (words) return Array.from(values, (code) => words[code] ?? '')
  return values instanceof Float64Array ? values : Int32Array.from(values)
}
