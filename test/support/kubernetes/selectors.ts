// Label and field selectors, as a kube-apiserver reads them.
import type { JsonObject } from "../../../src/core/json.ts";
import type { KubeObject, ResourceType } from "./objects.ts";
import { Refusal } from "./refusal.ts";

export function labelFilter(selector: string): (object: KubeObject) => boolean {
  const terms = selector.split(/,(?![^(]*\))/).filter((term) => term !== "");
  const tests = terms.map((term) => {
    const [, key = "", operator = "", value = ""] = /^\s*([\w./-]+)\s*(==|=|!=|in|notin|)\s*(.*?)\s*$/.exec(term) ?? [];
    if (key === "") throw new Refusal(400, "BadRequest", `unable to parse requirement: ${term}`);
    const values = value
      .replace(/^\(|\)$/g, "")
      .split(",")
      .map((one) => one.trim());
    return ({ metadata: { labels = {} } }: KubeObject): boolean => {
      if (operator === "") return key in labels;
      const isIn = key in labels && values.includes(labels[key] ?? "");
      return operator === "!=" || operator === "notin" ? !isIn : isIn;
    };
  });
  return (object) => tests.every((test) => test(object));
}

export function fieldFilter(selector: string, { fields = [] }: ResourceType): (object: KubeObject) => boolean {
  const tests = selector
    .split(",")
    .filter((term) => term !== "")
    .map((term) => {
      const [, field = "", operator = "", value = ""] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? [];
      if (field === "") throw new Refusal(400, "BadRequest", `invalid field selector: ${term}`);
      if (![...fields, "metadata.name", "metadata.namespace"].includes(field)) {
        throw new Refusal(400, "BadRequest", `field label not supported: ${field}`);
      }
      return (object: KubeObject): boolean => {
        const found = field.split(".").reduce<unknown>((at, key) => (at as JsonObject | undefined)?.[key], object);
        return ((typeof found === "string" ? found : JSON.stringify(found ?? "")) === value) !== (operator === "!=");
      };
    });
  return (object) => tests.every((test) => test(object));
}
