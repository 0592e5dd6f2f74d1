// Files that the handler reads when it starts. A module of its own, since in the bundle they are beside the code.

import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

const MODULE = new URL('../../../wasm/pkg/switchyard_bg.wasm', import.meta.url)
const CONFIG = new URL('../../config.json', import.meta.url)

export const readModule = () => readFileSync(MODULE)
export const readConfig = () => readFile(CONFIG, 'utf8')
