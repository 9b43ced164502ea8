// Names as Kubernetes has them, checked before anybody is asked about one.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/

/** Of namespaces and containers: RFC 1123 labels. */
export const isLabelName = (name: string): boolean => name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name);

/** Of pods, runs and most else: labels with dots between them. */
export const isSubdomainName = (name: string): boolean =>
  name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
