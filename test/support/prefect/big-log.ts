// The log of 10,000 lines that the real server is filled with and the stand-in makes up: every 997th is an ERROR, the last is "line 9999".

export const BIG_LOG_LINES = 10_000;

export interface BigLogLine {
  name: string;
  level: number;
  message: string;
  timestamp: string;
}

/** `at` is the time of the first line, in milliseconds; they are 10 ms apart. */
export const bigLogLine = (index: number, at: number): BigLogLine => ({
  name: "prefect.flow_runs",
  level: index > 0 && index % 997 === 0 ? 40 : 20,
  message: `line ${index}`,
  timestamp: new Date(at + 10 * index).toISOString(),
});
