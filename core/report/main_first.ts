/** In which order do people read operations? What the run is about comes first. @module */

/** By the name of each one's operation; otherwise in the order in which they are. */
export function mainFirst<T extends { readonly op: string }>(
  operations: readonly T[],
  { mainOperation }: { readonly mainOperation: string },
): T[] {
  // Of a series in charts the text has the tags, too.
  const isMain = ({ op }: T) => op === mainOperation || op.startsWith(`${mainOperation}{`);
  return [
    ...operations.filter(isMain),
    ...operations.filter((one) => !isMain(one)),
  ];
}
