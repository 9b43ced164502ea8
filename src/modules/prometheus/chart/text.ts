// The bundled font (Inter, see fonts/README.md), how wide text is in it, and an SVG as a PNG. No font of the machine is used.
import { fileURLToPath } from "node:url";
import { Resvg, type ResvgRenderOptions } from "@resvg/resvg-js";

export const FONT_FAMILY = "Inter";

/** The width of `text` in pixels. */
export type Measure = (text: string, size: number, isBold: boolean) => number;

const fontFile = (name: string): string => fileURLToPath(new URL(`./fonts/${name}`, import.meta.url));

const options = (): ResvgRenderOptions => ({
  font: {
    loadSystemFonts: false,
    fontFiles: [fontFile("Inter-Regular.otf"), fontFile("Inter-SemiBold.otf")],
    defaultFontFamily: FONT_FAMILY,
  },
  logLevel: "off",
});

export const toPng = (svg: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(new Resvg(svg, options()).render().asPng());

/** A measure that remembers: one per chart, so that what it keeps goes with the chart. A text costs 0.3 ms. */
export function createMeasure(): Measure {
  const widths = new Map<string, number>();
  return (text, size, isBold) => {
    if (text === "") return 0;
    const key = `${isBold ? "b" : "r"}${text}`;
    const known = widths.get(key);
    const width = known ?? widthAt100(text, isBold);
    if (known === undefined) widths.set(key, width);
    return (width * size) / 100;
  };
}

/** resvg rounds boxes to whole pixels, so measure big and scale down. */
function widthAt100(text: string, isBold: boolean): number {
  const weight = isBold ? 600 : 400;
  const body = text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9999" height="200"><text y="120" font-family="${FONT_FAMILY}" font-size="100" font-weight="${weight}">${body}</text></svg>`;
  return new Resvg(svg, options()).innerBBox()?.width ?? 0;
}
