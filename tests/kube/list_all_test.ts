import assert from "node:assert/strict";
import type { KubeList } from "../../kube/object.ts";
import { listAll, type ListAllOptions, type PageOptions } from "../../kube/list_all.ts";
import { StatusError } from "../../kube/status_error.ts";

const EXPIRED = new StatusError({ kind: "Status", reason: "Expired", message: "old" }, {
  code: 410,
});

function page(names: readonly string[], token: string, resourceVersion = "7"): KubeList {
  const items = names.map((name) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } }));
  return { items, metadata: { resourceVersion, continue: token } } as KubeList;
}

/** A server that gives these answers in turn; what it was asked, and what the list came to. */
async function listed(answers: readonly (KubeList | Error)[], options?: ListAllOptions) {
  const asked: PageOptions[] = [];
  const list = (asks: PageOptions) => {
    const answer = answers[asked.push(asks) - 1]!;
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const result = await listAll(list, ({ metadata }) => metadata.name, options)
    .catch((error) => error);
  return { asked, result };
}

Deno.test("listAll puts the pages together, and says of which state they are", async () => {
  const answers = [page(["a", "b"], "t1"), page(["c"], "t2", "8"), page([], "")];
  const { asked, result } = await listed(answers, { limit: 2 });
  assert.deepEqual(asked, [{ limit: 2 }, { limit: 2, continue: "t1" }, {
    limit: 2,
    continue: "t2",
  }]);
  assert.deepEqual(result, { items: ["a", "b", "c"], resourceVersion: "7" });
});

Deno.test("listAll asks for the first page as it is told, and for 500 objects of each other", async () => {
  const answers = [page(["a"], "t1"), page(["b"], "")];
  const { asked } = await listed(answers, { first: { resourceVersion: "0" } });
  assert.deepEqual(asked, [{ resourceVersion: "0" }, { limit: 500, continue: "t1" }]);
});

Deno.test("listAll begins again in one piece when a page's state is forgotten, with nothing twice", async () => {
  const { asked, result } = await listed([page(["a"], "t1"), EXPIRED, page(["a", "b"], "", "9")]);
  assert.deepEqual(asked, [{ limit: 500 }, { limit: 500, continue: "t1" }, {}]);
  assert.deepEqual(result, { items: ["a", "b"], resourceVersion: "9" });
});

Deno.test("listAll passes on every other refusal, and that of the first page", async () => {
  const busy = new StatusError({ kind: "Status", message: "busy" }, { code: 429 });
  assert.equal((await listed([page(["a"], "t1"), busy])).result, busy);
  assert.equal((await listed([EXPIRED])).result, EXPIRED);
});
