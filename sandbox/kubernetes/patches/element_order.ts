/**
 * In which order are the elements of a list after a strategic merge patch? What the patch names comes
 * in the patch's order; other elements keep their order, and stay before those of the patch that they
 * were before.
 * Source: apimachinery, pkg/util/strategicpatch/patch.go, normalizeElementOrder.
 * @module
 */

export interface OrderOptions {
  /** As the patch has it, or wants it. */
  readonly wanted: readonly unknown[];
  /** As it was. */
  readonly before: readonly unknown[];
  /** By what elements are told apart: their key, or they themselves. */
  readonly keyOf: (element: unknown) => unknown;
}

export function ordered(
  merged: readonly unknown[],
  { wanted, before, keyOf }: OrderOptions,
): unknown[] {
  const placesIn = (list: readonly unknown[]) =>
    new Map(list.map((element, index) => [keyOf(element), index] as const).reverse());
  const wantedPlaces = placesIn(wanted);
  const placesBefore = placesIn(before);
  const placeIn = (places: ReadonlyMap<unknown, number>, element: unknown) =>
    places.get(keyOf(element)) ?? Infinity;
  const named = merged.filter((element) => wantedPlaces.has(keyOf(element)))
    .sort((one, other) => placeIn(wantedPlaces, one) - placeIn(wantedPlaces, other));
  const others = merged.filter((element) => !wantedPlaces.has(keyOf(element)));
  const result: unknown[] = [];
  for (const element of named) {
    const place = placesBefore.get(keyOf(element));
    while (place !== undefined && others.length > 0 && placeIn(placesBefore, others[0]) < place) {
      result.push(others.shift());
    }
    result.push(element);
  }
  return [...result, ...others];
}
