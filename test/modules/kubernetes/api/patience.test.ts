import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Patience } from "../../../../src/modules/kubernetes/api/patience.ts";

describe("patience", () => {
  const read = async (chunks: (string | Error)[]) => {
    const body = Readable.from(
      (function* () {
        for (const chunk of chunks) {
          if (chunk instanceof Error) throw chunk;
          yield Buffer.from(chunk);
        }
      })(),
    );
    const patience = new Patience(body, { idleMs: 1_000, totalMs: 1_000 });
    let text = "";
    for await (const chunk of patience.chunks()) text += Buffer.from(chunk).toString();
    return { text, lost: patience.lost };
  };

  it("keeps what came of a stream that breaks off", async () => {
    expect(await read(["one", " two", new Error("reset")])).toEqual({ text: "one two", lost: "broken" });
    expect(await read(["all"])).toEqual({ text: "all", lost: undefined });
  });

  it("throws when nothing came", async () => {
    await expect(read([new Error("reset")])).rejects.toThrow("reset");
  });
});
