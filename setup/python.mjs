// Python tools in virtual environments in the cache. Of the tests: a server that answers as AWS does, AWS's own clients, and what
// people read tables of visits with. Of the bench: numpy, the replay's peer.
import { createHash } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pythonVenv } from './debian.mjs'
import { cache, run } from './shell.mjs'

// moto's own `server` extra brings all that its other services need: three times the size and time.
const aws = ['moto[s3,ssm,awslambda,iam]==5.2.5', 'flask==3.1.3', 'flask-cors==6.0.5', 'awscli==1.46.3', 'boto3==1.44.5']
const packages = { numpy: ['numpy==2.4.6'], tests: [...aws, 'pyarrow==26.0.1', 'pandas==3.1.1', 'duckdb==2.0.1', 'numpy==2.4.6'] }

/** Where the tests' programs are: `python` with `-m moto.server`, `aws`. */
export const pythonBin = join(folder(packages.tests), 'bin')

/** The Python that has numpy and nothing else. */
export const numpyProgram = join(folder(packages.numpy), 'bin/python')

/** moto, the AWS command line and boto3; pyarrow, pandas, DuckDB and numpy. */
export const python = environment('Python for tests (moto, awscli, pandas, duckdb)', '30 s', packages.tests)

/** numpy alone. */
export const numpy = environment('Python for the bench (numpy)', '10 s', packages.numpy)

function folder(packages) {
  return join(cache, `python-${createHash('sha256').update(packages.join()).digest('hex').slice(0, 12)}`)
}

function environment(title, estimate, packages) {
  const place = folder(packages)
  const [complete, program] = [join(place, 'complete'), join(place, 'bin/python')]
  return {
    title,
    estimate,
    after: [pythonVenv],
    // The link to the system's Python is broken when that was upgraded.
    current: async () => existsSync(complete) && existsSync(program),
    // Not made elsewhere and moved here when it is whole: a virtual environment knows its own place.
    async make() {
      await rm(place, { recursive: true, force: true })
      await run('python', 'python3', ['-m', 'venv', place])
      const options = ['--disable-pip-version-check', '--no-input', '--quiet', '--no-compile']
      await run('python', program, ['-m', 'pip', 'install', ...options, ...packages])
      writeFileSync(complete, '')
    },
  }
}
