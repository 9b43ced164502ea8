// From what the registry answered to what MCP calls a tool result.
import {
  inputRequired,
  type CallToolResult,
  type ContentBlock,
  type InputRequests,
} from "@modelcontextprotocol/server";
import type { Attachment } from "../core/context.ts";
import type { Presented } from "../core/present.ts";
import type { Outcome } from "../core/registry.ts";

export function toolResult({ isError, text, structured, attachments }: Presented): CallToolResult {
  return {
    content: [...(text === "" ? [] : [{ type: "text" as const, text }]), ...attachments.map(contentBlock)],
    structuredContent: structured,
    ...(isError ? { isError: true } : {}),
  };
}

export function contentBlock(attachment: Attachment): ContentBlock {
  switch (attachment.type) {
    case "image":
    case "audio":
      return {
        type: attachment.type,
        mimeType: attachment.mimeType,
        data: Buffer.from(attachment.bytes).toString("base64"),
      };
    case "resource": {
      const { uri, mimeType, text } = attachment;
      return { type: "resource", resource: { uri, mimeType, text } };
    }
    case "text":
    case "resource_link":
      return { ...attachment };
  }
}

type Asking = Extract<Outcome, { kind: "needs-input" }>;

/** `seal` signs the state, since it comes back through the client. */
export async function inputRequiredResult({ requests, state }: Asking, seal: (state: unknown) => Promise<string>) {
  return inputRequired({
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the SDK checks each request against its schema
    inputRequests: requests as InputRequests,
    ...(state === undefined ? {} : { requestState: await seal(state) }),
  });
}
