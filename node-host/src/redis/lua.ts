// The text of the ledger's script. A module of its own, since the bundle holds the text instead of reading the files.

import { readFileSync } from 'node:fs'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

export const LEDGER_LUA = [read('runs.lua'), read('parts.lua'), read('steps.lua')].join('\n')
