// What is built in the checkout: node_modules, and the wasm package in wasm/pkg.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bindgen, nativeEnv, rust, standardLibrary, wasm32, wasmEnv } from './rust.mjs'
import { root, run, whole } from './shell.mjs'

/** The npm packages of the lock file. */
export const nodeModules = {
  title: 'npm packages',
  estimate: '15 s',
  current: async () => installedAsLocked(),
  make: () => run('npm', 'npm', ['ci']),
}

// Apart from the packing, since the compiler need not wait for wasm-bindgen.
const wasmModule = {
  title: 'Compiling the wasm module',
  estimate: '1 min, less when little changed',
  after: [rust, standardLibrary],
  current: async () => false,
  async make() {
    // Taken before: whatever is edited meanwhile makes the package stale again.
    compiled = sources()
    const args = ['build', '--release', '--target', wasm32, '-p', 'switchyard-wasm', '--target-dir', 'target']
    await run('cargo', 'cargo', args, { env: await wasmEnv() })
  },
}
let compiled

/** wasm/pkg: the module, optimised, with its JavaScript and its types. */
export const wasmPackage = {
  title: 'Packing the wasm module',
  estimate: '15 s',
  after: [nodeModules, bindgen, wasmModule],
  current: async () => read('wasm/pkg/.sources') === sources(),
  make: () =>
    whole(join(root, 'wasm/pkg'), async (folder) => {
      const env = await wasmEnv()
      const module = join(folder, 'switchyard_bg.wasm')
      const compiledTo = join(root, 'target', wasm32, 'release/switchyard_wasm.wasm')
      await run('wasm', 'wasm-bindgen', ['--target', 'web', '--out-name', 'switchyard', '--out-dir', folder, compiledTo], { env })
      // It keeps to the features that rustc notes in the module; Node refuses what --all-features makes. Not -O3, which inlines
      // kernels into functions so large that the engine takes a third of a second to optimise them. Nor may a function go into
      // another because nobody else calls it, unless it is small: loops that Rust keeps out of a component would be in it again.
      const options = ['-Oz', '--one-caller-inline-max-function-size', '200']
      await run('wasm', 'wasm-opt', [module, ...options, '-o', module], { env })
      writeFileSync(join(folder, '.sources'), compiled)
    }),
}

const ofBench = ['--release', '-p', 'switchyard-bench', '--target-dir', 'target']

/** The replay workload of the bench, natively and for wasm. Cargo itself knows whether they are current. */
export const benchWorkload = {
  title: 'Building the replay workload',
  estimate: '1 min, less when little changed',
  after: [rust, standardLibrary],
  current: async () => false,
  async make() {
    await run('bench', 'cargo', ['build', ...ofBench, '--bin', 'switchyard-bench'], { env: nativeEnv() })
    // Of one type, as the product's module is: else it would lack link-time optimisation (wasm/Cargo.toml).
    const args = ['rustc', ...ofBench, '--lib', '--crate-type', 'cdylib', '--target', wasm32]
    await run('bench', 'cargo', args, { env: await wasmEnv() })
  },
}

/** The recovery job of the bench. */
export const recoveryJob = {
  title: 'Building the recovery job',
  estimate: '1 min, less when little changed',
  after: [rust],
  current: async () => false,
  make: () => run('bench', 'cargo', ['build', ...ofBench, '--bin', 'switchyard-recovery'], { env: nativeEnv() }),
}

// npm writes its own record of what is installed last of all, so an interrupted installation does not count.
function installedAsLocked() {
  const record = read('node_modules/.package-lock.json')
  if (!record) return false
  const installed = JSON.parse(record).packages
  return Object.entries(JSON.parse(read('package-lock.json')).packages).every(([path, wanted]) => {
    if (!path.includes('node_modules/')) return true
    const found = installed[path]
    return found ? found.version === wanted.version && found.integrity === wanted.integrity : wanted.optional
  })
}

/** Everything that the wasm package is made from. */
function sources() {
  const files = ['Cargo.toml', 'Cargo.lock', 'rust-toolchain.toml', '.cargo/config.toml', 'package-lock.json', 'setup/build.mjs']
  return digest([...files, ...walk('core'), ...walk('wasm')])
}

/** A digest of files and their paths. */
export function digest(paths) {
  const hash = createHash('sha256')
  for (const path of paths) hash.update(`${path}\0${read(path)}\0`)
  return hash.digest('hex')
}

/** The files under a folder that are not built there and no tests. */
export function walk(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !/^(pkg|pkg\..*|tests|benches|examples)$/.test(name))
    .flatMap((entry) => (entry.isDirectory() ? walk(`${folder}/${entry.name}`) : `${folder}/${entry.name}`))
    .sort()
}

/** A file's text, or undefined where there is none. */
export function read(path) {
  try {
    return readFileSync(join(root, path), 'utf8')
  } catch {
    return undefined
  }
}
