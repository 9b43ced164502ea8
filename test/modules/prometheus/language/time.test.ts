import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ToolFailure } from "../../../../src/core/failure.ts";
import { formatDuration, parseDuration } from "../../../../src/modules/prometheus/language/duration.ts";
import {
  echoTime,
  parseTime,
  resolveRange,
  resolveWindow,
  type TimeRole,
} from "../../../../src/modules/prometheus/language/time.ts";

const NOW = Date.parse("2026-11-25T12:34:56.789Z"); // a Wednesday
const read = (text: string, role: TimeRole = "time") => echoTime(parseTime(text, role, NOW).unixSeconds);
const failure = (work: () => unknown): ToolFailure => {
  try {
    work();
  } catch (error) {
    if (error instanceof ToolFailure) return error;
    throw error;
  }
  throw new Error("did not fail");
};

describe("parseTime", () => {
  it.each([
    ["2026-11-25T10:00:00Z", "2026-11-25T10:00:00.000Z"],
    ["2026-11-25t10:00:00.123456789z", "2026-11-25T10:00:00.123Z"],
    ["2026-11-25T10:00:00+01:00", "2026-11-25T09:00:00.000Z"],
    ["2026-11-25T10:00:00-0530", "2026-11-25T15:30:00.000Z"],
    ["  2026-11-25 10:00 ", "2026-11-25T10:00:00.000Z"],
    ["1795196452", "2026-11-20T17:40:52.000Z"],
    ["1795196452.5", "2026-11-20T17:40:52.500Z"],
    ["1.795196452e9", "2026-11-20T17:40:52.000Z"],
    ["1795196452123", "2026-11-20T17:40:52.123Z"],
    ["1795196452123456", "2026-11-20T17:40:52.123Z"],
    ["1795196452123456789", "2026-11-20T17:40:52.123Z"],
    ["now", "2026-11-25T12:34:56.789Z"],
    ["now-1h30m", "2026-11-25T11:04:56.789Z"],
    ["now+5m", "2026-11-25T12:39:56.789Z"],
    ["now/d", "2026-11-25T00:00:00.000Z"],
    ["now-1d/d", "2026-11-24T00:00:00.000Z"],
    ["now-1d/d+8h", "2026-11-24T08:00:00.000Z"],
    ["now/w", "2026-11-23T00:00:00.000Z"],
    ["now/M", "2026-11-01T00:00:00.000Z"],
    ["now/y", "2026-01-01T00:00:00.000Z"],
    ["-1h", "2026-11-25T11:34:56.789Z"],
    ["1h", "2026-11-25T11:34:56.789Z"],
    ["+1h", "2026-11-25T13:34:56.789Z"],
    ["1w2d", "2026-11-16T12:34:56.789Z"],
  ])("reads %s", (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it("takes a date and a rounded time as the first moment of a start and the last of an end", () => {
    expect(read("2026-11-25", "start")).toBe("2026-11-25T00:00:00.000Z");
    expect(read("2026-11-25", "end")).toBe("2026-11-26T00:00:00.000Z");
    expect(read("now/d", "end")).toBe("2026-11-26T00:00:00.000Z");
    expect(read("now/M", "end")).toBe("2026-12-01T00:00:00.000Z");
    expect(read("2026-11-25", "time")).toBe("2026-11-25T00:00:00.000Z");
  });

  it.each([
    ["2026-11-25T10:00:00", 'start="2026-11-25T10:00:00" has no offset and was read as UTC'],
    ["2026-11-25", 'start="2026-11-25" was read as 00:00 UTC'],
    ["1795196452123", "start=1795196452123 was read as Unix milliseconds: 2026-11-20T17:40:52.123Z"],
    ["5", "start=5 was read as Unix seconds: 1970-01-01T00:00:05.000Z"],
  ])("says what it assumed of %s", (text, note) => {
    expect(parseTime(text, "start", NOW).notes).toEqual([note]);
    expect(parseTime("2026-11-25T10:00:00Z", "start", NOW).notes).toEqual([]);
  });

  it.each([
    "yesterday",
    "NaN",
    "1e9x",
    "Infinity",
    "-1",
    "",
    "  ",
    "2026-02-30",
    "2026-13-01T00:00:00Z",
    "2026-11-25T24:00:00Z",
    "2026-11-25T10:60:00Z",
    "2026-11-25T10:00:00+25:00",
    "now-",
    "now-1",
    "now-1x",
    "now/q",
    "now1h",
    "h",
    "1h1h",
    "1m1h",
    "1e300",
    "9999999999999999999999",
    "0x10",
    "now-100000y",
    "1_000",
  ])("refuses %j and says what to write", (text) => {
    const error = failure(() => parseTime(text, "start", NOW));
    expect(error.kind).toBe("invalid");
    expect(error.details["code"]).toBe("INVALID_TIME");
    expect(error.message).toBe(
      `INVALID_TIME: cannot understand start="${text.trim()}". Use RFC3339, Unix seconds, or now-1h.`,
    );
  });

  it("answers any text with a moment or INVALID_TIME, and reads its own echo back", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^(now)?[-+\d/a-zT:.]{0,20}$/)), (text) => {
        let seconds = 0;
        try {
          seconds = parseTime(text, "end", NOW).unixSeconds;
        } catch (error) {
          if (!(error instanceof ToolFailure)) throw error;
        }
        expect(parseTime(echoTime(seconds), "end", NOW).unixSeconds).toBe(seconds);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("resolveRange", () => {
  const range = (start?: string, end?: string) => {
    const resolved = resolveRange({ start, end }, NOW);
    return [echoTime(resolved.start), echoTime(resolved.end), ...resolved.notes];
  };

  it("takes the last hour without arguments, and the hour before an end given alone", () => {
    expect(range()).toEqual(["2026-11-25T11:34:56.789Z", "2026-11-25T12:34:56.789Z"]);
    expect(range("", " ")).toEqual(range());
    expect(range(undefined, "2026-11-20T12:00:00Z")).toEqual(["2026-11-20T11:00:00.000Z", "2026-11-20T12:00:00.000Z"]);
  });

  it("refuses an end before the start and names both", () => {
    const error = failure(() => range("2026-11-25T11:00:00Z", "2026-11-25T10:00:00Z"));
    expect(error.message).toBe(
      "INVALID_TIME_RANGE: end 2026-11-25T10:00:00.000Z is before start 2026-11-25T11:00:00.000Z",
    );
    expect(error.details["code"]).toBe("INVALID_TIME_RANGE");
    expect(failure(() => range("now+1h")).details["code"]).toBe("INVALID_TIME_RANGE");
    expect(range("2026-11-25T11:00:00Z", "2026-11-25T11:00:00Z")).toHaveLength(2);
  });

  it("warns from an hour in the future on", () => {
    expect(range("now", "now+1h")).toHaveLength(2);
    expect(range("now", "now+61m").at(-1)).toBe("end is 1h1m in the future; it is now 2026-11-25T12:34:56.789Z");
    expect(range("now+2h", "now+3h").at(-1)).toBe("start is 2h in the future; it is now 2026-11-25T12:34:56.789Z");
  });

  it("leaves out of a window what was not given", () => {
    expect(resolveWindow({}, NOW)).toEqual({ notes: [] });
    expect(resolveWindow({ start: "now-1d" }, NOW)).toEqual({ start: NOW / 1000 - 86_400, notes: [] });
    expect(() => resolveWindow({ start: "now", end: "now-1h" }, NOW)).toThrow("INVALID_TIME_RANGE");
  });
});

describe("durations", () => {
  it("are read as Prometheus reads them", () => {
    expect(parseDuration("1h30m")).toBe(5400);
    expect(parseDuration("250ms")).toBe(0.25);
    expect(parseDuration("1y")).toBe(31_536_000);
    for (const bad of ["", "h", "1", "1.5h", "30m1h", "1h1h", " 1h", "-1h"]) expect(parseDuration(bad)).toBeUndefined();
  });

  it("survive being written and read again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (ms) => {
        expect(Math.round((parseDuration(formatDuration(ms / 1000)) ?? -1) * 1000)).toBe(ms);
      }),
    );
  });
});
