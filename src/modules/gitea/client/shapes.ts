// What we read of Gitea's replies: loosely, since servers add members.
import { z } from "zod";

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const user = z.looseObject({ login: z.string() });

export const label = z.looseObject({ id: z.number(), name: z.string(), color: text, description: text });

export const issue = z.looseObject({
  number: z.number(),
  // an issue whose reply says little is made all the same, and making it again would be worse
  title: text,
  body: text,
  state: z.string().default("open"),
  html_url: text,
  user: user.nullish(),
  labels: z
    .array(label)
    .nullish()
    .transform((labels) => labels ?? []),
  assignees: z
    .array(user)
    .nullish()
    .transform((assignees) => assignees ?? []),
  milestone: z.looseObject({ id: z.number(), title: z.string() }).nullish(),
  comments: z.number().default(0),
  created_at: text,
  updated_at: text,
  closed_at: text,
  pull_request: z.looseObject({}).nullish(),
  repository: z.looseObject({ full_name: z.string() }).nullish(),
});

export const comment = z.looseObject({
  id: z.number(),
  body: text,
  html_url: text,
  user: user.nullish(),
  created_at: text,
  updated_at: text,
});

export const version = z.looseObject({ version: z.string() });
export const account = user;
export const limits = z.looseObject({ max_response_items: z.number().int().min(1) });

export type Label = z.output<typeof label>;
export type Issue = z.output<typeof issue>;
export type Comment = z.output<typeof comment>;
