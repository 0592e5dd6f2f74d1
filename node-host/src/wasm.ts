// The wasm package that set-up builds: its module is compiled once, in the main thread, and shared with the workers.

import { readFile } from 'node:fs/promises'
import { Complaint } from './errors.ts'

const MODULE = new URL('../../wasm/pkg/switchyard_bg.wasm', import.meta.url)

/** The package: its JavaScript, instantiated in this thread, with the module and its bytes. */
export type Wasm = Awaited<ReturnType<typeof load>>

let loading: Promise<Wasm> | undefined

/** Loads it, once. */
export function loadPackage(): Promise<Wasm> {
  loading ??= load()
  return loading
}

async function load() {
  const [bytes, exports] = await Promise.all([readFile(MODULE), import('../../wasm/pkg/switchyard.js')]).catch(notBuilt)
  const module = await WebAssembly.compile(bytes)
  exports.initSync({ module })
  return { bytes, module, exports }
}

function notBuilt(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ENOENT' && error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  throw new Complaint('wasm/pkg is not built: run `node setup/ready.mjs build`', { cause: error })
}
