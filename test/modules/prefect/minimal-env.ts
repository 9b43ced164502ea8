// The least environment in which this module is on.
export const minimalEnv = { PREFECT_API_URL: "http://127.0.0.1:9/api" };
