import { testSteveConformance } from "../conformance/steve/suite.ts";
import type { SteveSubject } from "../conformance/steve/subject.ts";
import { clusterOfFile } from "./cluster_state.ts";
import { type RealSteve, requireSteve, startSteve } from "./steve.ts";

/** Fewer than usual, so that they can be used up. */
const KEPT_EVENTS = 50;
const ignore = !await requireSteve();
const { plane } = await clusterOfFile({ without: ["scheduler", "kwok", "wardle"] });
let steve: RealSteve | undefined;

Deno.test.beforeAll(async () => {
  if (!ignore) steve = await startSteve({ plane: plane(), keepEvents: KEPT_EVENTS });
});

Deno.test.afterAll(async () => await steve?.[Symbol.asyncDispose]());

const subject: SteveSubject = {
  get url() {
    return steve!.url;
  },
  pingMs: 30_000,
  keptEvents: KEPT_EVENTS,
  async ask(path, { method, body, contentType } = {}) {
    const answer = await plane().request("load", path, {
      ...(method === undefined ? {} : { method }),
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
    });
    return { ...answer, text: JSON.stringify(answer.body) };
  },
};

testSteveConformance(() => subject, { ignore });
