// Python tools of the tests, in a virtual environment in the cache: a server that answers as AWS does, AWS's own clients, and
// what people read tables of visits with.
import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pythonVenv } from './debian.mjs'
import { cache, run } from './shell.mjs'

// moto's own `server` extra brings all that its other services need: three times the size and time.
const aws = ['moto[s3,ssm,awslambda,iam]==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5', 'awscli==1.46.3', 'boto3==1.44.5']
const packages = [...aws, 'pyarrow==26.0.1', 'duckdb==2.0.1', 'numpy==2.4.6']
const folder = join(cache, `python-${createHash('sha256').update(packages.join()).digest('hex').slice(0, 12)}`)
const complete = join(folder, 'complete')

/** Where the programs are: `python` with `-m moto.server`, `aws`. */
export const pythonBin = join(folder, 'bin')

/** moto, the AWS command line and boto3; pyarrow, DuckDB and numpy. */
export const python = {
  title: 'Python for tests (moto, awscli, pyarrow, duckdb)',
  estimate: '30 s',
  after: [pythonVenv],
  // The link to the system's Python is broken when that was upgraded.
  current: async () => existsSync(complete) && existsSync(join(pythonBin, 'python')),
  // Not made elsewhere and moved here when it is whole: a virtual environment knows its own place.
  async make() {
    await rm(folder, { recursive: true, force: true })
    await run('python', 'python3', ['-m', 'venv', folder])
    const options = ['--disable-pip-version-check', '--no-input', '--quiet', '--no-compile']
    await run('python', join(pythonBin, 'python'), ['-m', 'pip', 'install', ...options, ...packages])
    writeFileSync(complete, '')
  },
}
