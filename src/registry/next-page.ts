/**
 * The path, with its query, of the next page that a `Link` header names (RFC 8288); undefined when it names none.
 * @throws Error when the page is not of the same origin and path.
 */
export function nextPage(
  link: string | string[] | undefined,
  asked: { origin: string; path: string },
): string | undefined {
  const target = links(link).find(({ relation }) => relation === 'next')?.target
  if (target === undefined) return undefined
  const here = new URL(asked.path, asked.origin)
  const next = URL.canParse(target, here.href) ? new URL(target, here.href) : undefined
  if (next === undefined || next.origin !== here.origin || next.pathname !== here.pathname || next.username !== '')
    throw new Error('it names a next page elsewhere')
  return `${next.pathname}${next.search}`
}

function links(header: string | string[] | undefined): { target: string; relation: string }[] {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  return [...text.matchAll(/<([^<>]*)>\s*;\s*rel="?([a-zA-Z]+)"?/g)].map(([, target = '', relation = '']) => ({
    target,
    relation: relation.toLowerCase(),
  }))
}
