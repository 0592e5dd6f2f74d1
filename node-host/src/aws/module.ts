// The wasm module, which other threads compile while this one goes on loading.

import { readModule } from './files.ts'

export const compiled = WebAssembly.compile(readModule())
