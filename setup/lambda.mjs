// The client that Lambda's own Node runtime talks to Lambda with, which the bench starts handlers under. In the cache and not among
// the npm packages: it is built from C++, which takes minutes.
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildTools, redis } from './debian.mjs'
import { say } from './progress.mjs'
import { cache, run, SetupError, whole } from './shell.mjs'

const version = '4.0.2'
const name = 'aws-lambda-ric'
const folder = join(cache, `${name}-${version}`)

/** Its program; absent where it cannot be built. */
export const runtimeClientProgram = join(folder, 'node_modules', name, 'index.mjs')

/** The runtime client. Where it cannot be built, all else can be measured. */
export const runtimeClient = {
  title: "Lambda's runtime client",
  estimate: '2 min',
  after: [redis], // one apt-get at a time
  current: async () => existsSync(runtimeClientProgram),
  async make() {
    try {
      await buildTools()
      await whole(folder, build)
    } catch (error) {
      if (!(error instanceof SetupError)) throw error
      say(`  ${name} cannot be built here, so that cold starts under it are not measured:\n  ${error.message}`)
    }
  },
}

async function build(folder) {
  const description = { private: true, dependencies: { [name]: version }, allowScripts: { [name]: true } }
  writeFileSync(join(folder, 'package.json'), JSON.stringify(description))
  // Node's headers beside Node itself, where they are there, instead of a download.
  const prefix = dirname(dirname(process.execPath))
  const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? { npm_config_nodedir: prefix } : {}
  await run('runtime-client', 'npm', ['install', '--no-package-lock'], { cwd: folder, env: { ...process.env, ...headers } })
}
