"""A client shaped like HolmesGPT's MCP toolset: a new session for each call, HTTP+SSE at <configured url>/sse, one page of tools,
of a parameter only the plain `type`, of a result only the text.

{"url": ..., "callers": [[{"tool", "arguments"}, ...], ...]} on stdin -> {"tools": {...}, "answers": [[...], ...]}; the callers work at
the same time, each with its own calls in turn.
"""

import asyncio
import json
import sys

from mcp import ClientSession
from mcp.client.sse import sse_client

# What the toolset can tell a model; a parameter without one of these is unusable.
TYPES = {"string", "integer", "number", "boolean", "array", "object"}


def sse_url(url):
    return url if url.endswith("/sse") else url.rstrip("/") + "/sse"


async def list_tools(url):
    async with sse_client(sse_url(url)) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        listed = await session.list_tools()
        return {tool.name: parameters(tool.input_schema) for tool in listed.tools}


def parameters(schema):
    types = {name: field.get("type") for name, field in schema["properties"].items()}
    unusable = [name for name, kind in types.items() if kind not in TYPES]
    if unusable:
        raise AssertionError(f"parameters without a plain type: {unusable}")
    return {name: {"type": kind, "required": name in schema.get("required", [])} for name, kind in types.items()}


async def call(url, tool, arguments):
    async with sse_client(sse_url(url)) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        result = await session.call_tool(tool, arguments)
        text = " ".join(content.text for content in result.content if content.type == "text")
        return {"isError": bool(result.is_error), "text": text}


async def caller(url, calls):
    return [await call(url, each["tool"], each["arguments"]) for each in calls]


async def main():
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        task = json.loads(line)
        tools = await list_tools(task["url"])
        answers = await asyncio.gather(*(caller(task["url"], calls) for calls in task["callers"]))
        print(json.dumps({"tools": tools, "answers": answers}), flush=True)


asyncio.run(main())
