// What Redis refuses, in words: of what, why, and what helps. Never with what a command said, which may hold a password.

import { HostFailure } from '../errors.ts'

/** What the client's errors carry. */
interface ReplyError extends Error {
  command?: { name: string; args: unknown[] }
}

/** The failure that an error of a command is; `script` is the text of one that it ran. */
export function refusal(address: string, error: ReplyError, script = ''): HostFailure {
  const [, said = '', line] = /^(.*?)\.?(?: script: \w+, on @user_script:(\d+)\.?)?$/s.exec(error.message) ?? []
  const asked = { name: error.command?.name ?? '', args: (error.command?.args ?? []).map(String), line: Number(line), script }
  const [, advice, retry] = ADVICE.find(([when]) => when.test(said)) ?? ['', () => '', true]
  return new HostFailure(`Redis at ${address}: ${said}${advice(asked)}`, retry)
}

interface Asked {
  name: string
  args: string[]
  /** Of the script's text, where it was refused something. */
  line: number
  script: string
}

/** What helps against what Redis says, and whether asking again may. */
const ADVICE: [when: RegExp, advice: (asked: Asked) => string, retry: boolean][] = [
  [/^(NOAUTH|WRONGPASS)/, () => '; expected redis://USER:PASSWORD@… of a user that it knows', false],
  [/run (this|the '.*') command/, (asked) => `; expected the right +${command(asked)}${RIGHTS}`, false],
  [
    /\bkeys?\b.*(argument|access)|access .*\bkeys?\b/,
    (asked) => `; expected the right ~switchyard:{${env(asked)}}:*${RIGHTS}`,
    false,
  ],
  [
    /channel/,
    (asked) => `; expected the right &switchyard:${env(asked)}:*, for subscriptions in these very characters${RIGHTS}`,
    false,
  ],
  [/^NOPERM/, () => RIGHTS, false],
  [
    /^WRONGTYPE/,
    (asked) => `: under switchyard:{${env(asked)}}: is what another program stored; expected a Redis of its own`,
    false,
  ],
  [/DB index/, () => '; expected the number of a database that it has after the / of the address', false],
  [/SELECT is not allowed/, () => '; expected an address without /DB, as a cluster has but one database', false],
  [/^OOM/, () => '; expected a larger maxmemory, or fewer keys of others', true],
  [/^READONLY/, () => '; expected the address of the primary', true],
  [/unknown command|syntax error|wrong number of arguments/i, () => '; expected Redis 7 or later, or Valkey', false],
]

const RIGHTS = ' (docs/redis.md has all that are needed)'

/** The command that was refused: itself, or what the script called in that line. */
function command({ name, line, script }: Asked): string {
  const called = script.split('\n')[line - 1]?.match(/call\('(\w+)'/)?.[1]
  return (called ?? name).toLowerCase()
}

/** The environment that the keys or the topic are of. */
function env({ args }: Asked): string {
  for (const arg of args) {
    const found = /switchyard:\{?([\w-]+)/.exec(arg)
    if (found?.[1]) return found[1]
  }
  return 'ENV'
}
