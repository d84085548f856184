import { OPERATOR_NAMESPACE } from "../../../sandbox/devworkspace/installation.ts";
import { PROFILES } from "../../../sandbox/devworkspace/profile.ts";
import { SOUND, withSettings } from "../../../sandbox/devworkspace/settings.ts";
import type { DevWorkspaceSubject } from "../../conformance/devworkspace/subject.ts";
import { testDevWorkspaceConformance } from "../../conformance/devworkspace/suite.ts";
import { StandInUnderTest } from "./stand_in_under_test.ts";

const SETTINGS = withSettings({
  registry: {
    hosts: [
      { endsWith: "slow.test", isReachable: true, transferMs: 20_000 },
      { endsWith: "hang.test", isReachable: true, transferMs: Infinity },
      ...SOUND.registry.hosts,
    ],
  },
});

let test: StandInUnderTest | undefined;

Deno.test.beforeAll(async () => {
  test = await StandInUnderTest.start({ settings: SETTINGS });
});

Deno.test.afterAll(async () => await test?.[Symbol.asyncDispose]());

function subject(): DevWorkspaceSubject {
  const { clock, standIn, asker } = test!;
  return {
    ...asker,
    operatorNamespace: OPERATOR_NAMESPACE,
    defaultBackoffLimit: PROFILES["0.42.0"].defaultBackoffLimit,
    workspaceLabels: {},
    registries: {
      good: "good.test/user",
      other: "other.test/user",
      unreachable: "registry.invalid/user",
      slow: "slow.test/user",
      hanging: "hang.test/user",
    },
    provideVolumes: () => Promise.resolve(),
    wallMs: () => clock.wallNow().getTime(),
    pass: (ms) => clock.advance(ms),
    restartOperator: (whileDown) => standIn.restartOperator(whileDown),
  };
}

testDevWorkspaceConformance(subject, { label: "stand-in" });
