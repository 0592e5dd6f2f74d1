// Writes the synthetic market, visits, model, specification and scenarios of this folder, byte for byte the same each time; --check compares.

import { readFileSync, writeFileSync } from 'node:fs'
import { ratesCsv, tariffsCsv } from './make/market.ts'
import { modelJson, specJson } from './make/model.ts'
import { greenPremiumJson, supplierLeavesJson, undercutJson } from './make/scenarios.ts'
import { visitsCsv } from './make/visits.ts'

const FILES: Record<string, () => string> = {
  'tariffs.csv': tariffsCsv,
  'rates.csv': ratesCsv,
  'visits.csv': visitsCsv,
  'model.json': modelJson,
  'spec.json': specJson,
  'undercut.json': undercutJson,
  'supplier-leaves.json': supplierLeavesJson,
  'green-premium.json': greenPremiumJson,
}

function main(args: readonly string[]): number {
  const check = args[0] === '--check'
  if (args.length > 1 || (args.length === 1 && !check)) {
    console.error('usage: node examples/make.ts [--check]')
    return 2
  }
  let differing = 0
  for (const [name, make] of Object.entries(FILES)) {
    const path = new URL(name, import.meta.url)
    const text = make()
    if (!check) {
      writeFileSync(path, text)
    } else if (text !== committed(path)) {
      console.error(`examples/${name} differs from what examples/make.ts makes: run node examples/make.ts`)
      differing += 1
    }
  }
  return differing === 0 ? 0 : 1
}

function committed(path: URL): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

process.exitCode = main(process.argv.slice(2))
