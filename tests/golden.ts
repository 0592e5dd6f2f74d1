// The examples' reports that the native tests, the wasm tests and these must all give: their digests are in golden.json.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

interface Golden {
  /** Instead of the scenarios' own number. */
  visits: number
  /** By scenario. */
  sha256: Record<'undercut' | 'supplier-leaves' | 'green-premium', string>
}

export const GOLDEN = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Golden

export const digest = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')
