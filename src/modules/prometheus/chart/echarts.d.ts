// The single-file build has no types of its own; they are the package's.
declare module "echarts/dist/echarts.esm.min.mjs" {
  export * from "echarts";
}
