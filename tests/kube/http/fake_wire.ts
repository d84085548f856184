/** A wire that carries nothing. @module */

import type { Wire } from "../../../kube/http/wire.ts";

export class FakeWire implements Wire {
  isOpen = true;

  fetch(): Promise<never> {
    return Promise.reject(new Error("it carries nothing"));
  }

  [Symbol.dispose](): void {
    this.isOpen = false;
  }
}
