// The least environment in which this module is on.
export const minimalEnv = { GITEA_HOST: "http://127.0.0.1:9", GITEA_ACCESS_TOKEN: "unused-token" };
