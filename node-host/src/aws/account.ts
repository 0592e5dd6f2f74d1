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
  /** Where a service is, without a slash at its end; undefined is where AWS has it. */
  endpoint: string | undefined
}

/** The account, as a service asks for it. */
export async function accountFor(service: ServiceName): Promise<Account> {
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE } = process.env
  const endpoint = process.env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || process.env.AWS_ENDPOINT_URL || undefined
  if (AWS_PROFILE || !AWS_REGION || !AWS_ACCESS_KEY_ID || !AWS_SECRET_ACCESS_KEY) return configured(service)
  const credentials: Credentials = {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  }
  return { region: AWS_REGION, credentials: async () => credentials, endpoint: trimmed(endpoint) }
}

async function configured(service: ServiceName): Promise<Account> {
  const [{ loadConfig, NODE_REGION_CONFIG_FILE_OPTIONS, NODE_REGION_CONFIG_OPTIONS }, { defaultProvider }] = await Promise.all([
    import('@smithy/core/config'),
    import('@aws-sdk/credential-provider-node'),
  ])
  const endpoint = loadConfig<string | undefined>({
    environmentVariableSelector: (env) => env[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || env.AWS_ENDPOINT_URL,
    configFileSelector: (profile, file) =>
      file?.[`services.${profile.services}`]?.[`${service}.endpoint_url`] ?? profile.endpoint_url,
    default: undefined,
  })
  const region = await loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS)()
  return { region, credentials: defaultProvider({ clientConfig: { region } }), endpoint: trimmed(await endpoint()) }
}

function trimmed(url: string | undefined): string | undefined {
  return url?.replace(/\/+$/, '')
}
