// The zip that AWS Lambda runs: `npm run bundle`. One entry whose exports are the components' handlers, what they load later in
// chunks beside it, the wasm module and the configuration. The same sources give the same bytes.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { digest, nodeModules, read, walk, wasmPackage } from './build.mjs'
import { say } from './progress.mjs'
import { root, whole } from './shell.mjs'

const folder = join(root, 'dist/lambda')
const zip = join(root, 'dist/switchyard.zip')
const record = join(root, 'dist/lambda.sources')
const module = join(root, 'wasm/pkg/switchyard_bg.wasm')

/** dist/lambda and dist/switchyard.zip. */
export const bundle = {
  title: 'Bundling for Lambda',
  estimate: '1 s',
  after: [nodeModules, wasmPackage],
  // Asked before anything is made: of a package that is not current, no bundle is.
  current: async () =>
    (await wasmPackage.current()) && read('dist/lambda.sources') === sources() && read('dist/switchyard.zip') !== undefined,
  async make() {
    const made = sources()
    await whole(folder, async (folder) => {
      await build(folder)
      for (const name of ['wasm/pkg/switchyard_bg.wasm', 'node-host/config.json']) {
        writeFileSync(join(folder, name.split('/').at(-1)), readFileSync(join(root, name)))
      }
    })
    mkdirSync(join(root, 'dist'), { recursive: true })
    const bytes = await zipped(folder)
    writeFileSync(zip, bytes)
    writeFileSync(record, made)
    say(`  dist/switchyard.zip: ${(bytes.length / 2 ** 20).toFixed(2)} MiB, sha256 ${digestOf(bytes)}`)
  },
}

function sources() {
  const packages = ['package-lock.json', 'wasm/pkg/.sources', 'wasm/pkg/switchyard.js', 'setup/bundle.mjs']
  return digest([...packages, 'node-host/config.json', ...walk('node-host/src')])
}

async function build(folder) {
  const { build } = await import('esbuild')
  const names = await components()
  const exports = names.map((name) => `export const ${name} = handlerOf('${name}')`)
  await build({
    stdin: {
      contents: ["import { handlerOf } from './handler.ts'", ...exports].join('\n'),
      resolveDir: join(root, 'node-host/src/aws'),
    },
    outdir: folder,
    entryNames: 'index',
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // What can be shaken: packages name their ES modules so.
    mainFields: ['module', 'main'],
    target: 'node24',
    // Names stay, for the stacks in the logs.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    // For packages that are CommonJS.
    banner: {
      js: "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);",
    },
    plugins: [filesBeside, oneRedis],
    logLevel: 'warning',
  })
}

/** In the bundle the script is text, what the handler reads is beside it, and who asks AWS is in the environment or nowhere. */
const filesBeside = {
  name: 'files-beside',
  setup({ onLoad }) {
    onLoad({ filter: /redis[\\/]lua\.ts$/ }, ({ path }) => {
      const names = readFileSync(path, 'utf8').matchAll(/'(\w+\.lua)'/g)
      const texts = [...names].map(([, name]) => readFileSync(join(dirname(path), name), 'utf8'))
      return { contents: `export const LEDGER_LUA = ${JSON.stringify(texts.join('\n'))}` }
    })
    onLoad({ filter: /aws[\\/]profiles\.ts$/ }, () => {
      const message =
        'AWS_REGION, AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is missing, which Lambda sets; or AWS_PROFILE is set'
      return { contents: `export async function configuredAccount() { throw new Error('${message}') }` }
    })
    onLoad({ filter: /aws[\\/]files\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const contents = text.replace(/new URL\('[./]+\/([\w./]+)'/g, (_, name) => `new URL('./${name.split('/').at(-1)}'`)
      return { contents, loader: 'ts' }
    })
  },
}

/**
 * Of Redis's client what one server needs: the rest is an eighth of the time that its loading takes in a cold start. Clusters are
 * followed by redis/connection.ts itself, with a client for each node that it is told of.
 */
const oneRedis = {
  name: 'one-redis',
  setup({ onLoad }) {
    const left = /ioredis[\\/]built[\\/](cluster|connectors[\\/]SentinelConnector)[\\/]index\.js$/
    onLoad({ filter: left }, () => ({ contents: 'exports.default = undefined' }))
    onLoad({ filter: /debug[\\/]src[\\/]index\.js$/ }, () => ({ contents: 'exports.default = () => () => {}' }))
  },
}

async function components() {
  const { components, initSync } = await import(pathToFileURL(join(root, 'wasm/pkg/switchyard.js')).href)
  initSync({ module: readFileSync(module) })
  return components()
}

// As Lambda writes it, to compare.
function digestOf(bytes) {
  return createHash('sha256').update(bytes).digest('base64')
}

async function zipped(folder) {
  const { zipSync } = await import('fflate')
  const entries = readdirSync(folder)
    .sort()
    .map((name) => [name, readFileSync(join(folder, name))])
  // A date without a zone, and a mode that lets Lambda's own user read.
  const options = { level: 9, mtime: new Date(1980, 0, 1), os: 3, attrs: 0o100644 << 16 }
  return zipSync(Object.fromEntries(entries), options)
}
