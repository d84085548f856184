/** A workspace of the run, as all parts of the probe name it. @module */

export interface WorkspaceRef {
  readonly namespace: string;
  readonly name: string;
}

/** `namespace/name`. */
export function workspaceKey({ namespace, name }: WorkspaceRef): string {
  return `${namespace}/${name}`;
}
