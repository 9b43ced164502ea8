// The least environment in which this module is on. Nothing is read before the first call but the names of contexts.
export const minimalEnv = { KUBECONFIG: "/does/not/exist" };
