// A cluster behind kubernetes-mcp-server, as an inquiry reads it. https://github.com/containers/kubernetes-mcp-server
import type { z } from "zod";
import { LABEL } from "../../../core/inquiry/labels.ts";
import type { ClusterReader, EventQuestion, LogQuestion, ObjectName, OwnerKind } from "../../../core/inquiry/reader.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { CoreEvent } from "../../../core/kube/events.ts";
import { ownedShape, podShape, type Pod } from "../../../core/kube/pod.ts";
import { inOrder, pipelineRun, taskRun, type TaskRun } from "../../../core/kube/tekton.ts";
import type { UpstreamPort, UpstreamReply } from "../port.ts";
import { readEventList } from "./events.ts";
import { notOffered, refusal, unreadable } from "./failures.ts";
import { readList, type Listed } from "./lists.ts";
import { readLog } from "./log.ts";
import { readYaml } from "./yaml.ts";

/** Of a list that has only names, so many objects are read, so many at a time. */
const MAX_READ = 20;
const AT_ONCE = 4;

const TEKTON = "tekton.dev/v1";

export class McpReader implements ClusterReader {
  readonly name: string;
  readonly api: string;
  readonly account: string;
  readonly #port: UpstreamPort;
  /** Goes along with each call: the cluster, where there are several. */
  readonly #target: JsonObject;

  /** @param context one of several clusters of the server; its default without */
  constructor(port: UpstreamPort, context: string | undefined) {
    this.#port = port;
    this.#target = context === undefined ? {} : { context };
    this.name = context ?? port.name;
    this.api = `the MCP server ${port.name}`;
    this.account = `the service account of the MCP server ${port.name}`;
  }

  pod(pod: ObjectName, signal: AbortSignal): Promise<Pod> {
    return this.#object("pods_get", { ...pod }, podShape, signal);
  }

  async failedPods({ namespace, name }: ObjectName, signal: AbortSignal): Promise<readonly Pod[]> {
    const labelSelector = `${LABEL.pipelineRun}=${name},${LABEL.memberOf}=tasks`;
    const args = { namespace, labelSelector, fieldSelector: "status.phase=Failed" };
    const listed = await this.#list("pods_list_in_namespace", args, signal);
    return this.#whole(listed, podShape, (one) => this.pod({ namespace, name: one }, signal));
  }

  taskRun(run: ObjectName, signal: AbortSignal): Promise<TaskRun> {
    return this.#resource(TEKTON, "TaskRun", run, taskRun, signal);
  }

  pipelineRun(run: ObjectName, signal: AbortSignal) {
    return this.#resource(TEKTON, "PipelineRun", run, pipelineRun, signal);
  }

  /** Those of which only a row says that they succeeded are left out: nobody asks what became of them. */
  async taskRunsOf({ namespace, name }: ObjectName, signal: AbortSignal): Promise<readonly TaskRun[]> {
    const args = { apiVersion: TEKTON, kind: "TaskRun", namespace, labelSelector: `${LABEL.pipelineRun}=${name}` };
    const listed = (await this.#list("resources_list", args, signal)).filter(({ succeeded }) => succeeded !== "True");
    return inOrder(await this.#whole(listed, taskRun, (one) => this.taskRun({ namespace, name: one }, signal)));
  }

  async events(namespace: string, about: EventQuestion, signal: AbortSignal): Promise<readonly CoreEvent[]> {
    const fieldSelector =
      about === "warnings" ? "type=Warning" : `involvedObject.kind=${about.kind},involvedObject.name=${about.name}`;
    const { text } = await this.#call("events_list", { namespace, fieldSelector }, signal);
    return (await readEventList(text, namespace, about)) ?? this.#fail("events_list");
  }

  async owner({ apiVersion, kind }: OwnerKind, owner: ObjectName, signal: AbortSignal) {
    return (await this.#resource(apiVersion, kind, owner, ownedShape, signal)).metadata;
  }

  log(question: LogQuestion, signal: AbortSignal) {
    const { namespace, pod: name, container, previous } = question;
    const asked = { namespace, name, container, ...(previous ? { previous } : {}) };
    const ask = async (tail: number) => (await this.#call("pods_log", { ...asked, tail }, signal)).text;
    return readLog(ask, question, signal);
  }

  #resource<T>(apiVersion: string, kind: string, name: ObjectName, shape: z.ZodType<T>, signal: AbortSignal) {
    return this.#object("resources_get", { apiVersion, kind, ...name }, shape, signal);
  }

  async #object<T>(tool: string, args: JsonObject, shape: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const { text, structured } = await this.#call(tool, args, signal);
    const parsed = shape.safeParse(structured ?? readYaml(text));
    return parsed.success ? parsed.data : this.#fail(tool);
  }

  async #list(tool: string, args: JsonObject, signal: AbortSignal): Promise<readonly Listed[]> {
    return (await readList(await this.#call(tool, args, signal))) ?? this.#fail(tool);
  }

  /** The objects of a list, read one by one where it has only their names. */
  async #whole<T>(listed: readonly Listed[], shape: z.ZodType<T>, read: (name: string) => Promise<T>): Promise<T[]> {
    const found: T[] = [];
    const few = listed.slice(0, listed.some(({ object }) => object === undefined) ? MAX_READ : undefined);
    for (let at = 0; at < few.length; at += AT_ONCE) {
      const some = few.slice(at, at + AT_ONCE).map(async ({ name, object }) => {
        const parsed = object === undefined ? undefined : shape.safeParse(object);
        return parsed?.success === true ? parsed.data : read(name);
      });
      // oxlint-disable-next-line no-await-in-loop -- a few at a time
      found.push(...(await Promise.all(some)));
    }
    return found;
  }

  async #call(tool: string, args: JsonObject, signal: AbortSignal): Promise<UpstreamReply> {
    const { name } = this.#port;
    await this.#port.ready(signal);
    if (!this.#port.has(tool)) throw notOffered(name, tool);
    const reply = await this.#port.call(tool, { ...args, ...this.#target }, signal);
    if (reply.isError) throw refusal(name, reply.text);
    return reply;
  }

  #fail(tool: string): never {
    throw unreadable(this.#port.name, tool);
  }
}
