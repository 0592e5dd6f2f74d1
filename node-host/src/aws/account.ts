// In whose name AWS is asked, and where: what the environment says, as Lambda sets it. Where it does not say, the SDK's own chains
// find it, in profiles, SSO and the rest; they are loaded then only, since that takes longer than a cold function's whole start.

export type ServiceName = 's3' | 'ssm' | 'lambda'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

export interface Account {
  region: string
  /** Kept, and asked for anew before they run out. */
  credentials: () => Promise<Credentials>
  /** Where the service is; undefined is where AWS has it. */
  endpoint: string | undefined
}

/** The account, as a service asks for it. */
export async function accountFor(service: ServiceName): Promise<Account> {
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE } = process.env
  if (AWS_PROFILE || !AWS_REGION || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) {
    return (await import('./profiles.ts')).configuredAccount(service)
  }
  const credentials: Credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  }
  const endpoint = process.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || process.env.AWS_ENDPOINT_URL || undefined
  return { region: AWS_REGION, credentials: async () => credentials, endpoint }
}

/** Where a service of the account is; `subdomain` comes before the name of AWS's own host. */
export function addressOf(service: ServiceName, { region, endpoint }: Account, subdomain = ''): URL {
  const own = `https://${subdomain}${service}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  return new URL(endpoint ?? own)
}
