// Whether a row passes one of Prefect's filters, as Prefect 3.9 evaluates them (measured with it).
import type { Row } from "./world.ts";

type Filter = Record<string, any>;
/** Of a row, what a key speaks of; a few depend on the operator. */
export type Resolve = (row: Row, key: string, operator: string) => unknown;

/** `resolve` finds what a key of the filter speaks of; by default the column of that name. */
export function matches(row: Row, filter: Filter | null | undefined, resolve: Resolve): boolean {
  if (filter === null || filter === undefined) return true;
  const { operator = "and_", ...keys } = filter;
  const told = Object.entries(keys)
    .filter(([, operators]) => operators !== null && operators !== undefined)
    .map(([key, operators]) =>
      key === "state" ? passesState(row, operators) : passes((name) => resolve(row, key, name), operators),
    );
  return join(told, operator);
}

const join = (told: boolean[], operator: string): boolean =>
  told.length === 0 || (operator === "or_" ? told.some(Boolean) : told.every(Boolean));

function passesState(row: Row, { operator = "and_", type, name }: Filter): boolean {
  const told: boolean[] = [];
  if (type) told.push(passes(() => row["state_type"], type));
  if (name) told.push(passes(() => row["state_name"], name));
  return join(told, operator);
}

function passes(valueFor: (operator: string) => unknown, { operator = "and_", ...operators }: Filter): boolean {
  const told = Object.entries(operators)
    .filter(([, wanted]) => wanted !== null && wanted !== undefined)
    .map(([name, wanted]) => one(name, valueFor(name), wanted));
  return join(told, operator);
}

function one(operator: string, value: any, wanted: any): boolean {
  const has = value !== null && value !== undefined;
  const list = Array.isArray(value) ? value : [value];
  switch (operator) {
    case "any_":
    case "id_":
    case "type_":
      return has && list.some((each) => wanted.includes(each));
    case "not_any_":
      return has && !list.some((each) => wanted.includes(each));
    case "all_":
      return wanted.every((each: unknown) => list.includes(each));
    case "like_":
      return has && like(list, wanted);
    case "startswith_":
      return has && wanted.some((prefix: string) => String(value).startsWith(prefix));
    case "is_null_":
      return (!has || (Array.isArray(value) && value.length === 0)) === wanted;
    case "exists_":
      return (has && value !== false) === wanted;
    case "eq_":
      return value === wanted;
    case "before_":
      return has && Date.parse(String(value)) <= Date.parse(wanted);
    case "after_":
      return has && Date.parse(String(value)) >= Date.parse(wanted);
    case "ge_":
      return has && Number(value) >= wanted;
    case "le_":
      return has && Number(value) <= wanted;
    case "query":
      return has && String(value).toLowerCase().includes(String(wanted).toLowerCase());
    default:
      throw new Error(`the stand-in does not know the operator ${operator}`);
  }
}

/** ILIKE %x%: anywhere, in any case, with its own wildcards. */
function like(values: unknown[], wanted: string): boolean {
  const pattern = wanted
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  return values.some((value) => new RegExp(pattern, "is").test(String(value)));
}
