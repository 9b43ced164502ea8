// A real browser shows the charts: decoded at their size, with lines in them, light on light and dark on dark.
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { startHubOnGround, type HubOnGround } from "./support/hub-on-ground.ts";
import { lawfulHub, type LawfulHub } from "./support/lawful-hub.ts";

const ground = inject("ground");
let running: HubOnGround;
let hub: LawfulHub;
let browser: Browser;
beforeAll(async () => {
  running = await startHubOnGround([{ name: "ground", url: ground.url }]);
  hub = await lawfulHub(running.url);
  const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
  browser = await chromium.launch({ executablePath: await onPath("chromium"), args });
});
afterAll(async () => {
  await browser?.close();
  await running?.close();
});

async function onPath(name: string): Promise<string> {
  for (const directory of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(directory, name);
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  throw new Error(`${name} is not on the PATH; test/real/setup.sh installs it`);
}

interface Seen {
  width: number;
  height: number;
  /** Brightness of the corner, 0 to 255. */
  background: number;
  /** Strong colours that cover at least 50 pixels. */
  colours: number;
}

/** Loads the picture in a page and looks at its pixels there. */
async function look(png: Buffer): Promise<Seen> {
  const page = await browser.newPage();
  try {
    // Plain text for the browser: this file knows no DOM types.
    const script = `(async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: image.naturalWidth, height: image.naturalHeight });
      const paper = canvas.getContext("2d");
      paper.drawImage(image, 0, 0);
      const { data } = paper.getImageData(0, 0, canvas.width, canvas.height);
      const counts = new Map();
      for (let i = 0; i < data.length; i += 4) {
        const rgb = [data[i], data[i + 1], data[i + 2]];
        if (Math.max(...rgb) - Math.min(...rgb) < 80) continue;
        counts.set(rgb.join(), (counts.get(rgb.join()) ?? 0) + 1);
      }
      const colours = [...counts.values()].filter((count) => count >= 50).length;
      const background = (data[0] + data[1] + data[2]) / 3;
      return { width: image.naturalWidth, height: image.naturalHeight, background, colours };
    })(${JSON.stringify(`data:image/png;base64,${png.toString("base64")}`)})`;
    return await page.evaluate<Seen>(script);
  } finally {
    await page.close();
  }
}

test.each([
  ["light", 800, "sum by (code) (rate(shop_requests_total[5m]))", 2],
  ["dark", 1200, "shop_open_carts", 2],
  ["light", 320, "sum by (path) (rate(shop_requests_total[5m]))", 3],
])("a %s chart of %d pixels shows %s in %d colours", async (theme, width, promql, lines) => {
  const { value, image } = await hub.call("render_chart", { promql, theme, width, start: "now-3h" });
  const seen = await look(image!);
  expect([seen.width, seen.height]).toEqual([width, value["chart"].height]);
  expect(value["chart"].lines).toBe(lines);
  expect(seen.colours).toBeGreaterThanOrEqual(lines);
  if (theme === "dark") expect(seen.background).toBeLessThan(70);
  else expect(seen.background).toBeGreaterThan(220);
});
