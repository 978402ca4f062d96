import type { IncomingHttpHeaders } from 'node:http'

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

/** True where a browser says that a page from elsewhere makes this request: the certificate is its user's, the will is not. */
export function comesFromElsewhere(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true
  return headers.origin !== undefined && hostOf(headers.origin) !== headers.host?.toLowerCase()
}
