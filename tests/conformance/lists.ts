/**
 * Which objects does a list have, of which moment, and on which page?
 * @module
 */

import assert from "node:assert/strict";
import { CONFIG_MAPS } from "../../kube/resource.ts";
import {
  ask,
  configMapsOf,
  eventually,
  list,
  makeConfigMaps,
  namesOf,
  patch,
  remove,
} from "./asking.ts";
import type { Behaviour, SeenList, Subject } from "./subject.ts";

const NAMES = ["p1", "p2", "p3", "p4", "p5"];
/** All but what every namespace has. */
const MADE = "labelSelector=set";

/** The pages of a list, each with that many items. */
async function pages(
  subject: Subject,
  path: string,
  { limit, between = () => Promise.resolve() }: { limit: number; between?: () => Promise<void> },
): Promise<SeenList[]> {
  const all: SeenList[] = [];
  let token = "";
  do {
    const more = token === "" ? "" : `&continue=${token}`;
    const page = await list(subject, `${path}&limit=${limit}${more}`);
    if (all.length === 0) await between();
    all.push(page);
    token = page.metadata.continue ?? "";
  } while (token !== "");
  return all;
}

export const LISTS: readonly Behaviour[] = [
  {
    name: "a list is sorted by name, and its items of a built-in kind have no type",
    check: async (subject, namespace) => {
      await makeConfigMaps(subject, namespace, NAMES.toReversed());
      const { items, ...rest } = await list(subject, `${configMapsOf(namespace)}?${MADE}`);
      assert.deepEqual(namesOf({ items }), NAMES);
      assert.deepEqual(items.map(({ kind, apiVersion }) => [kind, apiVersion]).flat(), [
        ...new Array(10).fill(undefined),
      ]);
      const { metadata: { resourceVersion, ...metadata }, ...type } = rest;
      assert.ok(Number(resourceVersion) >= Number(items[0]!.metadata.resourceVersion));
      assert.deepEqual({ ...type, metadata }, {
        kind: "ConfigMapList",
        apiVersion: "v1",
        metadata: {},
      });
    },
  },
  {
    name: "a namespace without objects, or that is not there, lists none",
    check: async (subject, namespace) => {
      const empty = await list(subject, `/api/v1/namespaces/${namespace}/secrets`);
      assert.deepEqual(empty.items, []);
      assert.deepEqual((await list(subject, configMapsOf("missing"))).items, []);
    },
  },
  {
    name: "pages are of one moment, whatever happens meanwhile",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      await makeConfigMaps(subject, namespace, NAMES);
      const all = await pages(subject, `${collection}?${MADE}`, {
        limit: 2,
        between: async () => {
          await remove(subject, `${collection}/p4`);
          await makeConfigMaps(subject, namespace, ["p35", "p6"]);
          await patch(subject, `${collection}/p5`, {
            body: { metadata: { labels: { set: "x" } } },
          });
        },
      });
      assert.deepEqual(all.map(namesOf), [["p1", "p2"], ["p3", "p4"], ["p5"]]);
      assert.equal(new Set(all.map(({ metadata }) => metadata.resourceVersion)).size, 1);
      assert.equal(all[2]!.items[0]!.metadata.labels?.["set"], "made");
    },
  },
  {
    name: "the count of what is left is told unless a selector is in the way",
    check: async (subject, namespace) => {
      const collection = `/api/v1/namespaces/${namespace}/secrets`;
      for (const name of ["a", "b", "c"]) {
        await subject.ask(collection, { method: "POST", body: { metadata: { name } } });
      }
      const all = await pages(subject, `${collection}?x=y`, { limit: 1 });
      assert.deepEqual(all.map(({ metadata }) => metadata.remainingItemCount), [2, 1, undefined]);
      const selected = await list(
        subject,
        `${collection}?limit=1&fieldSelector=metadata.name%21%3Dq`,
      );
      assert.equal(selected.metadata.remainingItemCount, undefined);
      assert.notEqual(selected.metadata.continue ?? "", "");
    },
  },
  {
    name: "pages over all namespaces go on where they were",
    check: async (subject, namespace) => {
      await makeConfigMaps(subject, namespace, NAMES, { page: namespace });
      const path = `/api/v1/configmaps?labelSelector=page%3D${namespace}`;
      const all = await pages(subject, path, { limit: 3 });
      assert.deepEqual(all.map(namesOf), [NAMES.slice(0, 3), NAMES.slice(3)]);
    },
  },
  {
    name: "a list of an exact version is of then",
    check: async (subject, namespace) => {
      const collection = configMapsOf(namespace);
      await makeConfigMaps(subject, namespace, ["a", "b"]);
      const { metadata: { resourceVersion } } = await list(subject, `${collection}?${MADE}`);
      await remove(subject, `${collection}/a`);
      await makeConfigMaps(subject, namespace, ["c"]);
      const exact = `resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
      const then = await list(subject, `${collection}?${MADE}&${exact}`);
      assert.deepEqual(namesOf(then), ["a", "b"]);
      assert.equal(then.metadata.resourceVersion, resourceVersion);
      const paged = await list(
        subject,
        `${collection}?${MADE}&limit=1&resourceVersion=${resourceVersion}`,
      );
      assert.deepEqual(namesOf(paged), ["a"], "a limit makes it exact");
      assert.equal(paged.metadata.resourceVersion, resourceVersion);
      const notOlder = `resourceVersion=${resourceVersion}&resourceVersionMatch=NotOlderThan`;
      const now = await list(subject, `${collection}?${MADE}&${notOlder}`);
      assert.deepEqual(namesOf(now), ["b", "c"]);
    },
  },
  {
    name: "the cache knows no pages",
    check: async (subject, namespace) => {
      await makeConfigMaps(subject, namespace, ["a", "b"]);
      const path = `${configMapsOf(namespace)}?${MADE}&limit=1&resourceVersion=0`;
      // The real one may be behind.
      await eventually("both in the cache", async () => {
        const { items, metadata } = await list(subject, path);
        assert.equal(metadata.continue, undefined);
        return namesOf({ items }).join() === "a,b";
      });
    },
  },
  {
    name: "a continue token takes no resourceVersion beside it",
    check: async (subject, namespace) => {
      await makeConfigMaps(subject, namespace, ["a", "b"]);
      const path = `${configMapsOf(namespace)}?limit=1`;
      const { metadata } = await list(subject, path);
      const { status, body } = await ask(
        subject,
        `${path}&continue=${metadata.continue}&resourceVersion=5`,
      );
      assert.equal(status, 400);
      assert.equal(
        (body as { message: string }).message,
        "specifying resource version is not allowed when using continue",
      );
    },
  },
  ...selectors(),
  {
    name: "the Cluster port lists page by page",
    check: async (subject, namespace) => {
      const { cluster } = subject;
      await makeConfigMaps(subject, namespace, NAMES);
      const selection = { namespace, labelSelector: "set", limit: 4 };
      const first = await cluster.list(CONFIG_MAPS, selection);
      const token = first.metadata.continue ?? "";
      const second = await cluster.list(CONFIG_MAPS, { ...selection, continue: token });
      const names = [...first.items, ...second.items].map(({ metadata }) => metadata.name);
      assert.deepEqual(names, NAMES);
      assert.equal(second.metadata.continue ?? "", "");
    },
  },
];

function selectors(): Behaviour[] {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["labelSelector=n=1", ["a"]],
    ["labelSelector=n==1", ["a"]],
    ["labelSelector=n!=1,even", ["b"]],
    ["labelSelector=n in (1,2)", ["a", "b"]],
    ["labelSelector=n notin (1,2),n", ["c"]],
    ["labelSelector=even", ["b"]],
    ["labelSelector=!even,n", ["a", "c"]],
    ["labelSelector=n>1", ["b", "c"]],
    ["fieldSelector=metadata.name=b", ["b"]],
    ["fieldSelector=metadata.name!=b&labelSelector=n", ["a", "c"]],
  ];
  return cases.map(([query, names]) => ({
    name: `${query} selects ${names.join(" and ")}`,
    check: async (subject, namespace) => {
      await makeConfigMaps(subject, namespace, ["a"], { n: "1" });
      await makeConfigMaps(subject, namespace, ["b"], { n: "2", even: "yes" });
      await makeConfigMaps(subject, namespace, ["c"], { n: "3" });
      const path = `${configMapsOf(namespace)}?${encodeURI(query)}`;
      assert.deepEqual(namesOf(await list(subject, path)), names);
    },
  }));
}
