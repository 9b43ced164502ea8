// Laws over every tool of every module: its name, its words, its access and what the lists say of it.
import type { ListToolsResult } from "@modelcontextprotocol/server";
import { afterAll, describe, expect, it } from "vitest";
import type { Entry } from "../../src/core/entry.ts";
import type { Access } from "../../src/core/tool.ts";
import { openHouse } from "./house.ts";
import { breach, enforce, type Law } from "./law.ts";
import { sample } from "./sample.ts";
import { firstSentence } from "./words.ts";

const { hub } = await openHouse();
afterAll(() => hub.close());
const everything = hub.views.of({ module: undefined, among: undefined, readOnly: false });

const ACCESSES: readonly unknown[] = ["read", "write", "destructive"];

const LAWS: readonly Law<Entry>[] = [
  {
    claim: "tool's name is snake_case and at most 64 characters long",
    breaches: ({ tool: { name } }) => breach(!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name) || name.length > 64, name),
    broken: [sample({ name: "listSamples" }), sample({ name: "list__samples" }), sample({ name: "a".repeat(65) })],
  },
  {
    claim: "tool states its access",
    breaches: ({ tool: { access } }) => breach(!ACCESSES.includes(access), `access is ${access}`),
    broken: [sample({ access: undefined as never }), sample({ access: "admin" as never })],
  },
  {
    claim: "tool has a title of at most 60 characters",
    breaches: ({ tool: { title } }) => breach(title.trim() === "" || title.length > 60, `title is "${title}"`),
    broken: [sample({ title: " " }), sample({ title: "T".repeat(61) })],
  },
  {
    claim: "tool's description has 40 to 1000 characters",
    breaches: ({ tool: { description } }) =>
      breach(description.length < 40 || description.length > 1_000, `${description.length} characters`),
    broken: [sample({ description: "Lists." }), sample({ description: `Lists. ${"x".repeat(1_000)}` })],
  },
  {
    claim: "tool's description is whole sentences, the first of which, of 10 to 250 characters, says what it does",
    breaches: ({ tool: { description } }) => {
      const first = firstSentence(description);
      return [
        ...breach(!/^[A-Z].*\.$/s.test(first) || first.length < 10 || first.length > 250, `first sentence: ${first}`),
        ...breach(!/[.)]$/.test(description), `ends with "${description.slice(-20)}"`),
      ];
    },
    broken: [
      sample({ description: "lists the samples there are. Use it when you look for one." }),
      sample({ description: "Lists the samples there are. Use it when you look for one" }),
      sample({ description: `Lists ${"and lists ".repeat(30)}. Use it.` }),
    ],
  },
];

interface Shown {
  readonly access: Access;
  readonly title: string;
  readonly listed: Pick<ListToolsResult["tools"][number], "title" | "annotations">;
}

const annotated = (access: Access, annotations: Shown["listed"]["annotations"]): Shown => ({
  access,
  title: "Sample",
  listed: { title: "Sample", annotations: { title: "Sample", openWorldHint: true, ...annotations } },
});

const LIST_LAWS: readonly Law<Shown>[] = [
  {
    claim: "tool's annotations say what its access is",
    breaches: ({ access, title, listed }) => {
      const hints = listed.annotations ?? {};
      return [
        ...breach(listed.title !== title || hints.title !== title, "the title differs"),
        ...breach(hints.readOnlyHint !== (access === "read"), "readOnlyHint"),
        ...breach(hints.destructiveHint !== (access === "destructive"), "destructiveHint"),
        ...breach(access === "read" && hints.idempotentHint !== true, "a read is idempotent"),
        ...breach(typeof hints.openWorldHint !== "boolean", "openWorldHint is missing"),
      ];
    },
    broken: [
      annotated("write", { readOnlyHint: true, destructiveHint: false }),
      annotated("destructive", { readOnlyHint: false, destructiveHint: false }),
      annotated("read", { readOnlyHint: true, destructiveHint: false, idempotentHint: false }),
      { ...annotated("write", { readOnlyHint: false, destructiveHint: false }), title: "Other" },
    ],
  },
];

const { entries } = everything.registry;
const listedAs = new Map(everything.tools.map((listed) => [listed.name, listed]));

describe("the laws", () => {
  enforce(LAWS, new Map(entries.map((entry) => [entry.tool.name, entry])));
  enforce(
    LIST_LAWS,
    new Map(
      entries.map(({ tool: { name, access, title } }) => [name, { access, title, listed: listedAs.get(name) ?? {} }]),
    ),
  );
});

it("the hub has tools at all, and the lists show each exactly once", () => {
  expect(entries.length).toBeGreaterThan(0);
  const names = everything.tools.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  expect(names).toEqual(entries.map(({ tool }) => tool.name));
});
