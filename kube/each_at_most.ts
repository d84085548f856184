/**
 * How is the same done to many things, a few at a time? Does not repeat what fails.
 * @module
 */

/**
 * Takes items in order and runs the action on at most `limit` of them at once. After a failure or
 * an abort no further one is begun; what is under way is waited for.
 * @param items drawn one by one, when there is room
 * @throws the first error of an action; else the signal's reason, if items were left when it aborted
 */
export async function eachAtMost<T>(
  items: Iterable<T>,
  action: (item: T) => Promise<void>,
  { limit, signal }: { limit: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const errors: unknown[] = [];
  const worker = async () => {
    try {
      while (errors.length === 0) {
        const next = iterator.next();
        if (next.done) return;
        signal?.throwIfAborted();
        await action(next.value);
      }
    } catch (thrown) {
      errors.push(thrown);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
  if (errors.length > 0) throw errors[0];
}
