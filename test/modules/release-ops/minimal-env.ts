// The least environment in which this module is on.
export const minimalEnv = { RELEASE_OPS_CATALOG: "oar" };
