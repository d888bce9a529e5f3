/** The user asked for something that makes no sense. The message says what was expected. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What `parseArgs` of Node throws, as a UsageError: its first sentence; the rest is advice on arguments with a dash. */
export function usageErrorOf(cause: unknown): UsageError {
  const [message = ""] = String(cause instanceof Error ? cause.message : cause).split(". ", 1);
  return new UsageError(message, { cause });
}
