/**
 * What does the server add to the pods, and to the templates of pods, that clients write?
 * Source: Kubernetes API reference, PodSpec and Container: the defaults that it names.
 * @module
 */

/** A part of an object, as JSON has it. */
export type Part = Readonly<Record<string, unknown>>;

function isPart(value: unknown): value is Part {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as a part; an empty one if it is none. */
export function partOf(value: unknown): Part {
  return isPart(value) ? value : {};
}

/** `defaults` first, so that what is given wins. */
export function withDefaults(given: unknown, defaults: Part): Part {
  const present = Object.entries(partOf(given)).filter(([, value]) => value !== null);
  return { ...defaults, ...Object.fromEntries(present) };
}

/** Each item of a list that is there. */
export function each(value: unknown, change: (item: Part) => Part): unknown {
  return Array.isArray(value) ? value.map((item) => isPart(item) ? change(item) : item) : value;
}

export function podTemplate(template: unknown): Part {
  const { spec, ...rest } = partOf(template);
  return { metadata: {}, ...rest, spec: podSpec(spec) };
}

export function podSpec(spec: unknown): Part {
  const full = withDefaults(spec, {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
  });
  const { serviceAccountName, containers, initContainers } = full;
  return {
    ...full,
    // The name that it had once is still written.
    ...(serviceAccountName === undefined ? {} : { serviceAccount: serviceAccountName }),
    containers: each(containers, container),
    ...(initContainers === undefined ? {} : { initContainers: each(initContainers, container) }),
  };
}

function container(given: Part): Part {
  const { image, ports } = given;
  return {
    ...withDefaults(given, {
      resources: {},
      terminationMessagePath: "/dev/termination-log",
      terminationMessagePolicy: "File",
      imagePullPolicy: isLatest(String(image ?? "")) ? "Always" : "IfNotPresent",
    }),
    ...(ports === undefined
      ? {}
      : { ports: each(ports, (port) => withDefaults(port, { protocol: "TCP" })) }),
  };
}

/** Whether the image's tag is, or stands for, the newest one. */
function isLatest(image: string): boolean {
  if (image.includes("@")) return false;
  const [, tag = "latest"] = image.slice(image.lastIndexOf("/") + 1).split(":");
  return tag === "latest";
}
