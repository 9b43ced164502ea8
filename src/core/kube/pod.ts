// A pod as far as its failures matter: what it belongs to, its containers, and how each ended.
import { z } from "zod";

const text = z.string().nullish();

const terminated = z.looseObject({
  exitCode: z.number(),
  signal: z.number().nullish(),
  reason: text,
  message: text,
  startedAt: text,
  finishedAt: text,
});

const state = z.looseObject({
  running: z.looseObject({ startedAt: text }).nullish(),
  waiting: z.looseObject({ reason: text, message: text }).nullish(),
  terminated: terminated.nullish(),
});

const containerStatus = z.looseObject({
  name: z.string(),
  restartCount: z.number().default(0),
  state: state.nullish(),
  lastState: state.nullish(),
});

/** Quantities are texts, but YAML writers leave plain numbers too. */
const amounts = z.record(z.string(), z.union([z.string(), z.number()])).nullish();

const container = z.looseObject({
  name: z.string(),
  image: text,
  restartPolicy: text,
  resources: z.looseObject({ limits: amounts, requests: amounts }).nullish(),
});

const condition = z.looseObject({ type: z.string(), status: z.string(), reason: text, message: text });

export const ownerReference = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  controller: z.boolean().nullish(),
});

export const objectMetadata = z.looseObject({
  name: z.string(),
  generateName: text,
  uid: text,
  creationTimestamp: text,
  labels: z.record(z.string(), z.string()).nullish(),
  annotations: z.record(z.string(), z.string()).nullish(),
  ownerReferences: z.array(ownerReference).nullish(),
});

export const podShape = z.looseObject({
  metadata: objectMetadata,
  spec: z.looseObject({
    containers: z.array(container).min(1),
    initContainers: z.array(container).nullish(),
    ephemeralContainers: z.array(container).nullish(),
    nodeName: text,
    serviceAccountName: text,
  }),
  status: z
    .looseObject({
      phase: text,
      reason: text,
      message: text,
      startTime: text,
      conditions: z.array(condition).nullish(),
      initContainerStatuses: z.array(containerStatus).nullish(),
      containerStatuses: z.array(containerStatus).nullish(),
      ephemeralContainerStatuses: z.array(containerStatus).nullish(),
    })
    .nullish(),
});

/** Of any object: who made it. */
export const ownedShape = z.looseObject({ metadata: objectMetadata });

export type ObjectMetadata = z.output<typeof objectMetadata>;
export type ContainerStatus = z.output<typeof containerStatus>;
export type ContainerSpec = z.output<typeof container>;
export type Terminated = z.output<typeof terminated>;
export type Pod = z.output<typeof podShape>;

/** In the order in which they run. */
export const containersOf = ({ spec }: Pod): string[] =>
  [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])].map(({ name }) => name);

export const statusesOf = ({ status }: Pod): ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
  ...(status?.ephemeralContainerStatuses ?? []),
];

export const statusOf = (pod: Pod, container: string): ContainerStatus | undefined =>
  statusesOf(pod).find(({ name }) => name === container);
