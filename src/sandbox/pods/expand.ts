/**
 * `$(NAME)` replaced by the variable's value, as Kubernetes does in commands, arguments and variables: unknown names
 * stay as they are, `$$` is a single `$`.
 */
export const expand = (text: string, variables: Readonly<Record<string, string>>): string =>
  text.replace(/\$(?:\$|\(([^)]*)\))/g, (found, name?: string) => {
    if (name === undefined) return '$'
    return Object.hasOwn(variables, name) ? (variables[name] ?? '') : found
  })
