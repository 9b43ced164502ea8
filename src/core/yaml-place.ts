// Where in a YAML file a value stands, so that a problem can name its line and column.
import { EVENT_ID, getScalarValue, parseEvents } from "js-yaml";

export type Path = readonly PropertyKey[];
export type Problem = (path: Path, message: string) => void;

/** Returns a function from a path to `file:line:column`; a path that is not there gives its nearest parent's place. */
export function locate(file: string, text: string): (path: Path) => string {
  const places = new Map<string, number>();
  const events = parseEvents(text, { filename: file });
  let next = 0;
  const walk = (path: readonly string[]): void => {
    const event = events[next++];
    if (event === undefined) return;
    if (event.type === EVENT_ID.SEQUENCE) {
      note(path, event.start);
      for (let index = 0; isOpen(); index += 1) walk([...path, String(index)]);
      next += 1;
    } else if (event.type === EVENT_ID.MAPPING) {
      note(path, event.start);
      while (isOpen()) walkPair(path);
      next += 1;
    } else if (event.type === EVENT_ID.SCALAR) note(path, event.valueStart);
  };
  const walkPair = (path: readonly string[]): void => {
    const key = events[next];
    if (key?.type !== EVENT_ID.SCALAR) {
      walk([...path, "?"]);
      walk([...path, "?"]);
      return;
    }
    next += 1;
    const inner = [...path, getScalarValue(text, key)];
    note(inner, key.valueStart);
    walk(inner);
  };
  const isOpen = () => next < events.length && events[next]?.type !== EVENT_ID.POP;
  const note = (path: readonly string[], offset: number) => {
    const key = JSON.stringify(path);
    if (offset >= 0 && !places.has(key)) places.set(key, offset); // the key comes first, and it is what a person looks for
  };
  next = 1; // behind the document's own event
  walk([]);
  return (path) => {
    const names = path.map(String);
    while (names.length > 0 && !places.has(JSON.stringify(names))) names.pop();
    const before = text.slice(0, places.get(JSON.stringify(names)) ?? 0).split("\n");
    return `${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
  };
}
