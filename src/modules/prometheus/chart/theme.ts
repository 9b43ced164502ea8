// Colours and strokes. Each palette keeps its eight colours apart under the three common forms of colour blindness.

export interface Theme {
  readonly background: string;
  readonly text: string;
  readonly muted: string;
  readonly gridLine: string;
  readonly axisLine: string;
  readonly palette: readonly string[];
}

export const THEMES: Readonly<Record<"light" | "dark", Theme>> = {
  light: {
    background: "#ffffff",
    text: "#1b1f27",
    muted: "#5b6472",
    gridLine: "#e6e9ee",
    axisLine: "#aeb7c4",
    palette: ["#2f6fde", "#c23a0c", "#2e8b62", "#cc9a0a", "#bb4a93", "#45a6de", "#55279a", "#6b3f36"],
  },
  dark: {
    background: "#16191f",
    text: "#edf0f4",
    muted: "#9aa4b2",
    gridLine: "#2a303a",
    axisLine: "#4a5362",
    palette: ["#4c95e6", "#ff7438", "#2edc8a", "#ffe04a", "#de76a6", "#bfe6ff", "#9b7bff", "#b7bca0"],
  },
};

export interface Stroke {
  readonly color: string;
  /** SVG dash lengths in pixels; empty is a solid line. */
  readonly dash: readonly number[];
}

/** The stroke of line `index`: eight colours solid, then the same dashed, then dotted. */
export function strokeOf(theme: Theme, index: number): Stroke {
  const size = theme.palette.length;
  const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 2]];
  return {
    color: theme.palette[index % size] ?? theme.text,
    dash: dashes[Math.floor(index / size) % dashes.length] ?? [],
  };
}
