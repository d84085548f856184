import { SystemClock } from "../../core/load/clock.ts";
import type { DevWorkspaceSubject } from "../conformance/devworkspace/subject.ts";
import { testDevWorkspaceConformance } from "../conformance/devworkspace/suite.ts";
import { pass } from "./cluster_state.ts";
import { devWorkspaceOfFile } from "./devworkspace/devworkspace_of_file.ts";

const clock = new SystemClock();
const { ignore, plane, operator } = await devWorkspaceOfFile();

function subject(): DevWorkspaceSubject {
  return {
    async ask(path, options = {}) {
      const { status, headers, body } = await plane().request("admin", path, options);
      return { status, headers, text: typeof body === "string" ? body : JSON.stringify(body) };
    },
    operatorNamespace: operator().state.namespace,
    defaultBackoffLimit: 1,
    workspaceLabels: { "controller.devfile.io/creator": "tester" },
    registries: {
      good: "good.test/user",
      other: "other.test/user",
      unreachable: "invalid.test/user",
      slow: "slow.test/user",
      hanging: "hang.test/user",
    },
    // Each claim gets one.
    provideVolumes: () => Promise.resolve(),
    wallMs: () => clock.wallNow().getTime(),
    pass,
    async restartOperator(whileDown) {
      await operator().stop(0);
      await whileDown();
      await operator().start();
    },
  };
}

testDevWorkspaceConformance(subject, { label: "real", ignore });
