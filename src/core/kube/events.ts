// What the cluster says about its objects: events, as every kind of writer fills them in.
import { z } from "zod";

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ in its core/v1 form */
export const coreEvent = z.looseObject({
  metadata: z.looseObject({
    uid: z.string().nullish(),
    namespace: z.string().optional(),
    creationTimestamp: z.string().nullish(),
  }),
  type: z.string().nullish(),
  reason: z.string().nullish(),
  message: z.string().nullish(),
  count: z.number().nullish(),
  firstTimestamp: z.string().nullish(),
  lastTimestamp: z.string().nullish(),
  eventTime: z.string().nullish(),
  series: z.looseObject({ count: z.number().nullish(), lastObservedTime: z.string().nullish() }).nullish(),
  involvedObject: z.looseObject({
    apiVersion: z.string().nullish(),
    kind: z.string().nullish(),
    name: z.string().nullish(),
    uid: z.string().nullish(),
    fieldPath: z.string().nullish(),
  }),
});

export type CoreEvent = z.output<typeof coreEvent>;

/** RFC 3339; empty when nobody wrote it down. */
export const lastSeen = ({ metadata, series, lastTimestamp, eventTime, firstTimestamp }: CoreEvent): string =>
  series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp ?? "";

export const countOf = ({ series, count }: CoreEvent): number => series?.count ?? count ?? 1;
