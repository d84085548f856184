/** Whether a promise is settled by now, all that needs no time having happened. @module */

export async function settled(promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = () => isSettled = true;
  promise.then(settle, settle);
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return isSettled;
}
