/** What an error says in a sentence, whatever it was that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
